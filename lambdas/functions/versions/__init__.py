"""/artifacts/{artifact_type}/{id}: versions, aliases and inspections."""
