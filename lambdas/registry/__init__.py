"""The domain: names, versions, records and use cases; it knows neither AWS nor HTTP."""
