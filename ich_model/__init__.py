"""The image model: head CT files in, predictions and saliency maps out. Knows nothing of studies or screens."""
