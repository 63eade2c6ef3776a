"""Jobs: accept, ring, claim, lease, finish, wait, cancel, retry, reap."""
