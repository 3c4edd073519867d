"""The one map: folds the facts of all sites into a picture and streams it to the screens."""
