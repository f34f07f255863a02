"""Makes clips: the words that callers hear, as recorded sound for a telephone.

`clip_key` ties a clip to its words, `engines` speak them, `render` makes the files, `telephone`
sets their loudness and silences, `manifest` lists them, and `clips` finds the one to play. Calls
are answered without any of this: if there is no fresh clip, the carrier's own voice speaks.
"""
