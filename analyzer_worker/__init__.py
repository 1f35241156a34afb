"""The last stage: how it felt, told by the words."""
