"""What the API answers with, one dataclass for each kind of document."""
