"""Webhooks: tell other services what happened, by the Standard Webhooks specification."""
