"""The inspector of committed versions, driven by the table's stream."""
