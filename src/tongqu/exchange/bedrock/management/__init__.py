"""Commands of the bedrock floor."""
