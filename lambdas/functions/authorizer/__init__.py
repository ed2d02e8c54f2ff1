"""The authorizer of the gateway: whose is a bearer token?"""
