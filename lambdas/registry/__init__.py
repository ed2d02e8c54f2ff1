"""The domain: names, versions, records and use cases, independent of AWS and of HTTP."""
