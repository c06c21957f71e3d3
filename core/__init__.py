"""ExpressRate: how few bits a face can be stored in before its expression can no longer be read."""
