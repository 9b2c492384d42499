"""The search of the public database: one index per published edition, beside the database and the same for every database.

    words      text → words → terms: one way to fold and stem, for what is searched and for what is asked
    question   what somebody typed → words and phrases
    gathering  facts of an edition, read piece by piece → the files of an index
    postings   term → entries and places in them
    pairs      which common words follow each other, for phrases
    spelling   words near a word, and words that hold a part
    index      the files of an index, mapped into memory; they never change
    view       an index without what was taken back since: hits, exact counts, order
    shelf      where indexes lie; who builds one, and how far that is
    marking    the words that were found, marked in what is shown

An edition never changes, so neither does its index: it can be thrown away and is built again.
"""
