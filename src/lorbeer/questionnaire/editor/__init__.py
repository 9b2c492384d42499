"""Questionnaires written on screen: a working copy, the operations on it, and the checks of a workbook before it is a version.

    operations.py   each a function from one form to the next; names stay unique, references follow
    lists.py        the same for lists of options, title and languages
    names.py        names: unique, proposed from labels
    references.py   who refers to a question or an option
    conditions.py   conditions made of menus, and back
    checks.py       the faults of a form as a workbook's import would find them, each with its place
    services.py     what is done with a working copy: every change a step that can be undone
"""
