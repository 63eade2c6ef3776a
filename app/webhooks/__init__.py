"""Webhooks report changes to other services, by the Standard Webhooks specification."""
