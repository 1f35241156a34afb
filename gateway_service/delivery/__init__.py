"""A conversation's way out: events from Redis to the client, in order, at the client's own pace."""
