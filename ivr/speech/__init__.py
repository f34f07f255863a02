"""From words to clips: what is spoken, as recorded sound fit for a telephone.

`plan` says which words need a clip, `engines` speak them, `sound` makes them fit, `manifest` ties
each clip to its words, `clips` finds the one to play. Nothing here is needed to answer a call:
where no fresh clip is found, the carrier's own voice speaks.
"""
