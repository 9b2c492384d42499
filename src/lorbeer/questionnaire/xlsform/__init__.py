"""XLSForm workbooks: import with every fault named by sheet, row and reason; export without loss.

The dialect is XLSForm as other tools write and read it, and columns of our own that those tools pass over:

    x_type            email, phone, url, address, municipality, long_text (of text); yes_no (of select_one)
    x_role            what the platform takes the answer for: title, abstract, contact_email, … (definition.ROLES)
    x_releases        of a consent to publication: the parts that a yes opens (definition.PUBLIC_PARTS)
    x_personal_data   contact, person, sensitive
    x_publishable     yes: may be published once the applicant has released it
    x_min, x_max      smallest and largest number or date; of select_multiple: how many options
    x_max_characters, x_max_words, x_max_pages, x_max_files, x_max_megabytes, x_file_types
    x_min_count, x_max_count      of a repeat
    x_example         an example beside the question (per language, like hint)
    x_note            a remark for the office, shown to nobody else
    x_no_answer, x_exclusive      in choices: "no answer"; an option that excludes the others
"""

from lorbeer.questionnaire.xlsform.reading import import_form, read_form
from lorbeer.questionnaire.xlsform.writing import export_workbook

__all__ = ["export_workbook", "import_form", "read_form"]
