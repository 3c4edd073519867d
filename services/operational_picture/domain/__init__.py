"""The picture as pure rules: facts fold into it, time ages it, an audience sees its part of it."""
