"""How Django writes days where a page is in English: as all other pages of the house do, day first."""
