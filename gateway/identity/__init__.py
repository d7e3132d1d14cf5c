"""Who somebody is, pure: passwords, lock-out, opaque tokens, signed values, the token gate."""
