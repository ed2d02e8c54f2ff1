"""The only places that know AWS."""
