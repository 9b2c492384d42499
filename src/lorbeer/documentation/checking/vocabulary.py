"""The words by which texts speak of a competition's numbers, in German and English: data for `facts` and `context`."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Said in nearly every sentence; they tell nothing of what a number is about.
IDLE = _words("""
    aber alle allen aller als am an andere anderen anteil art auch auf aus bei beim beitrag beiträge beiträgen bereich bereits bis bzw
    da dabei damit dann das dass davon dazu dem den denen der deren des die dies diese diesem diesen dieser drei durch ein eine einem
    einen einer eines er es etwa für gegen geht gibt haben hat hatte hier ihnen ihr ihre ihrem ihren ihrer ihres im in ins insgesamt ist
    ja je jeweils kommune kommunen man mehr mit nach nicht noch nur ob oder prozent rund sein seine seiner sich sie sind so sonstige
    sonstiges sowie über um und uns unter vier vom von vor war waren was weitere weiteren welche welcher wenn werden wettbewerbsbeitrag
    wettbewerbsbeiträge wettbewerbsbeitrags wie wird wo worden wurde wurden zu zum zur zwei zwischen amt
    a after all an and are as at be before been but by do does each entries entry for from had has have how in is it its less
    more of on one only or other others out set so
    than that the their them there these they this those to was were what when which who will with you your
""")
# Between a number and a noun: then the noun is not what is counted (“41 haben eine Analyse”).
VERBS = _words("""
    haben hatten hätten sind waren seien werden wurden würden kamen kommen nennen nannten gaben geben stammen stammten entfallen
    entfielen beruhen beruhten verfügen verfügten gehören gehörten wollen wollten sollen liegen lagen gingen gehen stellen stellten
    bilden bildeten erhalten erhielten beteiligen beteiligten setzen setzten arbeiten arbeiteten finanzieren nutzen nutzten planen
    planten laufen liefen richten richteten wirken wirkten verneinen bejahen weitere weiteren davon dieser aller insgesamt antworteten
    berichten sehen
    are come came did do does evaluate exist exists had has have is may met own plan rely say take took use used was went were worth
""")
# Too common to be recognised within a longer word.
GENERIC = _words("kommune kommunen stadt städte gemeinde gemeinden landkreis kreis beitrag beiträge land länder mittel bereich"
                 " municipality municipalities municipal city cities town towns district districts entry entries state states funds")
ASKED = _words("municipality municipalities")                           # by which a question speaks to those who answer it
NEGATIONS = _words("kein keine keinem keinen keiner nein ohne nicht verneinen verneint fehlt fehlen none without no not")
HOW_LONG = _words("lange länger long longer hoch viele many")             # of any question, and of any answer in prose
NO_ANSWER = _words("antwort angabe angaben answer")

# The things that are counted, as texts call them. What follows a number and is none of these is something else.
UNITS = {
    "entries": """
        \\w*[Bb]eitr(?:ag|ags|ages|äge|ägen) \\w*[Bb]ewerbung(?:en)? Einsendung(?:en)? Einreichung(?:en)?
        Kommunen? \\w*[Ss]tädten? \\w*[Ss]tadt Gemeinden? (?:Land)?[Kk]reisen? Teilnehmer\\w* Teilnehmenden? Vorhaben Fällen? Nennungen
        Konzepten? Antworten \\w*[Aa]ngeboten? Rathäusern? Verwaltungen Unterlagen Befragten Angaben
        entries entry applications? submissions? municipality municipalities cities city towns? districts? cases mentions answers""",
    "applicants": "Bewerber\\w* Bewerbenden? applicants?",
    "projects": "\\w*[Pp]rojekten?s? projects?",
    "awards": """
        \\w*[Pp]reise[ns]? \\w*[Pp]rämien Auszeichnungen Prämierungen Preisträger\\w* Gewinner\\w* Sieger\\w* Ausgezeichneten? Prämierten?
        awards? prizes? winners?""",
    "lands": "(?:Bundes|Flächen)?[Ll]änder[n]? states",
    "jurors": "Jury-?[Mm]itglieder[n]? Mitglieder[n]? Juror\\w* Jurymitglied jurors?",
    "criteria": "\\w*[Kk]riterien criteria",
    "letters": "Absichtserklärungen Interessen?s?bekundungen Ankündigungen letters",
    "inhabitants": "Einwohner\\w* Menschen inhabitants",
}
UNIT_OF = {name: re.compile(rf"(?:{'|'.join(patterns.split())})\Z") for name, patterns in UNITS.items()}

# Values that are no cells of tables: what they count, and the words that go with them.
ABOUT = {
    "numbers.admitted": ("entries", "zugelassen zulassung zugelassene zugelassenen ausgewertet gewertet wettbewerb admitted eligible "
       "evaluated competition"),
    "numbers.received": ("entries", "eingegangen eingingen eingang eingereicht eingesandt gingen erreichten erhielt einsendungen received "
       "submitted arrived"),
    "numbers.excluded": ("entries", "ausgeschlossen ausschluss ausgeschieden formal formale formalen prüfung unzulässig abgelehnt excluded "
       "rejected ineligible formal grounds"),
    "numbers.letters": ("letters", "absichtserklärung absichtserklärungen interessensbekundung angekündigt letters intent"),
    "numbers.listed": ("entries", "namentlich aufgeführt aufgeführte aufgeführten gelistet liste verzeichnis listed named list"),
    "numbers.unlisted": ("entries", "unbekannt namenlos ungenannt namentlich unlisted unnamed unknown"),
    "numbers.lands": ("lands", "bundesländer länder vertreten beteiligt beteiligten kamen states represented participating part came"),
    "numbers.lands_without": ("lands", "ohne kein keine keiner fehlt without"),
    "numbers.projects": ("projects", "einzelprojekte projekte projekt dokumentiert projects individual described"),
    "numbers.with_project": ("entries", "einzelprojekt einzelprojekte projekt mindestens benannt beschrieben gebrauch project projects least "
       "named"),
    "numbers.with_two_projects": ("entries", "zwei beide zweimal zweites einzelprojekte doppelt two both second projects"),
    "numbers.applicants": ("applicants", "verschiedene unterschiedliche bewerber bewerbende einreichende applicants different"),
    "numbers.population.smallest": ("inhabitants", "kleinste kleinster einwohner einwohnerzahl smallest inhabitants population"),
    "numbers.population.largest": ("inhabitants", "größte größter einwohner einwohnerzahl largest largest inhabitants population"),
    "numbers.criteria": ("criteria", "kriterien bewertungskriterien kriterium bewertet criteria criterion judged assessed"),
    "numbers.jury": ("jurors", "jury mitglieder jurymitglieder stimmberechtigt stimmberechtigte jurors members voting"),
    "numbers.jury_members": ("jurors", "jury mitglieder jurymitglieder jurors members"),
    "awards.count": ("awards", "preis preise ausgezeichnet prämiert auszeichnungen vergeben preisträger gewonnen awards winners prizes "
       "awarded winning"),
    "awards.main": ("awards", "preis preise gruppen hauptpreise kategorien ausgezeichnet prizes groups main categories awarded"),
    "awards.sum": ("", "preisgeld preisgelder vergeben summe ausgeschüttet zusammen gesamtsumme höhe prize money awarded total altogether "
       "paid"),
    "awards.cap": ("", "verfügung bereit höchstens ausgelobt obergrenze insgesamt preisgelder preissumme maximal available offered most total "
       "prize money"),
    "awards.left": ("", "übrig rest verblieben nicht restbetrag ungenutzt left over remained rest unused"),
    "awards.percent": ("", "preisgeld preisgelder vergeben ausgeschöpft summe prize money awarded spent total"),
    "awards.average": ("", "durchschnitt durchschnittlich mittel mittlere schnitt average mean prize money"),
    "awards.rate": ("", "ausgezeichnet prämiert gewonnen gewann erfolgreich bewerbung awarded won winning successful"),
    "awards.lands": ("lands", "preisträger ausgezeichnet prämiert preise gehen verteilen winners awarded prizes go"),
}
# What is meant only where one of these words stands by it.
NEEDED = {
    "numbers.population.smallest": "kleinste kleinsten kleinster wenigsten smallest",
    "numbers.population.largest": "größte größten größter meisten largest",
    "numbers.applicants": "bewerber bewerbende einreichende teilnehmende verbände applicants",
    "numbers.unlisted": "ohne unbekannt namenlos ungenannt without unnamed unknown",
}
APPLICANTS = re.compile(r"\b(?:Bewerber|Bewerbende|Einreichende|Teilnehmende|verschiedene|unterschiedliche|Kommunen|Verbände|applicants?"
                        r"|different|municipalities)", re.I)             # without one of these nobody speaks of them
ENTERED = ("participation participated took part came come group represented submitted admitted beteiligung beteiligt bewerbung eingereicht "
           "kamen stammen stellen entfallen gruppe teilnahme vertreten zugelassen")
WON, SUMMED = ABOUT["awards.count"][1], ABOUT["awards.sum"][1]
WORTH = "worth each prize receives dotiert jeweils einzelne preis erhält erhalten höhe prämie"
RECEIVED = "prize money receives received awarded worth preis preisgeld erhält erhielt dotiert ausgezeichnet gewinnt euro"
INHABITED = "inhabitants population people live einwohner einwohnerzahl menschen leben"
SPECIAL = ("Sonderkategorie", "Sonderpreise", "Sonderpreis", "special category", "special prizes", "special prize", "special awards")
STEPS = {                                                               # kinds of phases
    "call": "auslobung ausgelobt beginn start gestartet launched began",
    "letters": "absichtserklärung interessensbekundung frist absicht intent",
    "entries": "bewerbung einsendeschluss bewerbungsfrist bewerbungsschluss einreichung beitrag annahmeschluss deadline submission submitted",
    "check": "formale prüfung formal check", "screening": "vorprüfung vorprüfer screening",
    "jury": "jury jurysitzung tagte sitzung met meeting",
    "announced": "bekanntgabe bekannt preisverleihung verliehen announced ceremony presented", "book": "dokumentation documentation",
    "follow_up": "verwendungsnachweis nachweis proof",
}
LANDS = {                                                               # where English calls them otherwise
    "BY": "Bavaria", "HE": "Hesse", "MV": "Mecklenburg-Western Pomerania", "NI": "Lower Saxony", "NW": "North Rhine-Westphalia",
    "RP": "Rhineland-Palatinate", "SN": "Saxony", "ST": "Saxony-Anhalt", "TH": "Thuringia",
}

REGIONS = (                                                             # names of several Länder; “der Osten” may be with Berlin or without
    (re.compile(r"\bostdeutsche\w*[\s\u00a0](?:Flächen)?länder\w*|\bneuen?[\s\u00a0](?:Bundes)?länder\w*|\beastern[\s\u00a0]states\b", re.I),
     ("BB", "MV", "SN", "ST", "TH")),
    (re.compile(r"\bStadtstaaten\b|\bcity[\s\u00a0-]states\b", re.I), ("BE", "HB", "HH")),
)


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.I)


# What a clause says that names its number by itself: for `cues`. A count → what it may count (“” for no noun), and the words.
CUES = {
    "numbers.admitted": (("", "entries"), _any(
        r"\b(?<!nicht )zugelassene?n?\b", r"\bblieben\b[^.;]*\bübrig\b",
        r"\bin die (?:Bewertung|Wertung|Vorprüfung) (?:ging|kam)\b", r"\b(?<!not )admitted\b")),
    "numbers.received": (("", "entries"), _any(
        r"\bgingen?\b[^.;]*\bein\b", r"\beingegangen\b", r"\beingesandt\b", r"\b(?:lagen|waren)\b[^.;]*(?:Wettbewerbsbüro|\bvor\b)",
        r"\berreichten\b[^.;]*Wettbewerbsbüro", r"\b[Ee]ingereicht wurden\b|\bwurden\b[^.;]*\beingereicht\b", r"\breceived\b")),
    "numbers.excluded": (("", "entries"), _any(
        r"\bausgeschlossen\b", r"\bausschließen\b", r"\bausgeschieden\b", r"\bschieden\b[^.;]*\baus\b", r"\bfielen\b[^.;]*\b(?:heraus|weg)\b",
        r"\b(?:nicht|keine)\b[^.;]*\b(?:zugelassen|Zulassung)\b", r"\bexcluded\b")),
    "numbers.lands_without": (("lands",), _any(
        r"\bohne (?:Beteiligung|Beitrag|Bewerbung)\b", r"\bnicht (?:vertreten|beteiligt)\b", r"\bkein\w* (?:Beitrag|Bewerbung)\b",
        r"\bno (?:entry|entries)\b", r"\bnot represented\b")),
    "numbers.letters": (("letters",), _any("Absichtserklärung", "letters? of intent")),
    "numbers.criteria": (("criteria",), _any(r"\b(?:anhand|bewertet\w*|geprüft|legte|galten|Kriterien|criteria|judged|assessed)\b")),
    "numbers.jury": (("jurors",), _any("stimmberechtigt", "voting")),          # others may count chair and deputies
    "awards.count": (("awards",), _any(
        r"\b(?:gehör|zähl)\w*\b[^.;]*\bzu den\b[^.;]*\b(?:Sieger|Preisträger|Gewinner)\w*[\s\u00a0]+(?:des|beim|im)[\s\u00a0]+\w*[Ww]ettbewerb",
        r"\b(?:vergab\w*|vergeben|verlieh\w*|zeichnete\w*|ausgezeichnet|prämiert\w*|zuerkannt|awarded)\b"
        r"(?![^.;]*(?:Gruppe|Kategorie|Sonder|Haupt|group|categor|special|main))")),
}
MONEY = {
    "left": _any(r"\bübrig\b", r"\bunvergeben\b", r"\bnicht (?:vergeben|ausgeschöpft|verteilt)\b", r"\bverblieben?\b", r"\bRest\w*",
                 r"\bblieb(?:en)?\b[^.;]*\bliegen\b", r"\bliegen geblieben\b",
                 "left over", r"\bnot awarded\b", r"\bremained\b", r"\bunspent\b"),
    "cap": _any(r"\bzur Verfügung\b", r"\bbereitgestellt\w*", r"\bstand\w* bereit\b", r"\bausgelobt\w*", r"\bObergrenze\b",
                r"\bverfügbare[nrs]?[\s\u00a0](?:Betrag\w*|Summe|Preis\w+)", r"\bim Topf\b", r"\b(?:available"
       r"|offered)\b"),
    "each": _any(r"\bein(?:en|em)?[\s\u00a0]+\w*preis\b", r"\b(?:je|jeweils|jede[rsnm]?|pro|dotiert|each)\b"),
    "part": _any(r"\bentf(?:ällt|allen|iel|ielen)\b", r"\bgeh(?:t|en)\b", r"\bging(?:en)?\b", r"\bfl[io][eo]?[sß]s?en\b",
                 r"\bteil(?:en|t|ten|te) sich\b",
                 r"\bbek(?:am|amen|ommt|ommen)\b", r"\berh(?:ält|alten|ielt|ielten)\b", r"\b(?:go(?:es)?|went) to\b"),
    "sum": _any(r"\b(?:vergeben|zuerkannt)\b", r"\b(?:zusammen|insgesamt|Gesamtsumme|Summe|Preisgeldern?|Preissumme|Gesamtpreisgeld|Gesamtwert"
                r"|ausgeschüttet|in all|altogether|in total)\b"),
}
PHASES = {                                                              # a day stands beside one of these, or is of something else
    "call": _any(r"\bausgelobt\b", r"\bWettbewerb\w*\b[^.;]*\b(?:aufgerufen|ausgerufen)\b",
                 r"\b(?:der|dieser)[\s\u00a0]\w*Wettbewerb[\s\u00a0](?:„[^“]*“[\s\u00a0])?(?:wurde|ist|war)\b[^.;]*\beröffnet\b",
                 r"\brief\b[^.;]*\bWettbewerb\b[^.;]*\bauf\b",
                 r"\bAuslobung\b", r"\bgestartet\b", r"\b(?:fiel|gab)\b[^.;]*Startschuss",
                 r"\bStart(?:e?s)? des Wettbewerbs", r"\bWettbewerb\w*[\s\u00a0]+(?:startete|begann|started|began)\b", r"\blaunched\b"),
    "letters": _any("Absichtserklärung", r"\bintent\b", r"\bAbsicht\b", "Interessensbekundung"),
    "entries": _any(r"\b(?:[Ss]eit|[Aa]b)\b[^.;]*\bbewerben\b",
                    "Einsendeschluss", "Bewerbungsschluss", "Bewerbungsfrist", "(?:Beiträge|Bewerbungen) (?:einreichen|eingereicht)",
                    r"\bEingereicht werden\b",
                    "einzureichen", r"\b(?:Bewerbung\w*|bewerben)\b[^.;]*\bbis\b", r"\bbis\b[^.;]*\bbewerben\b",
                    "Abgabefrist", "Annahmeschluss", r"\b(?:deadline|closing date)\b"),
    "screening": _any(r"\bVorprüfung\b", r"\bscreening\b"),
    "jury": _any(r"\bJury(?:sitzung)?\b[^.;]*(?:tagte|getagt|trat|kam|zusammen|Sitzung|entschied\w*|beriet|wählte)", r"\bJurysitzung\b",
                 r"\b(?:tagte|trat)\b[^.;]*\bJury\b",
                 r"\bjury\b[^.;]*\b(?:met|decided|meeting)\b"),
    "announced": _any("Preisverleihung", r"\bbekannt(?:gegeben|gabe)?\b", r"\bverliehen\b", "überreicht", "Festakt", "Festveranstaltung",
    r"\b(?:announced|ceremony|presented)\b"),
}
CLOSING = _any(r"\b(?:bis|endete?n?|spätestens|until|by)\b", "schluss", "frist", "deadline",
               "closing date")                                          # then the last day of a phase
# Said of what was given to whom, and of who took part: what is counted there is certain.
SPENT = _any(r"\bausgeschöpft\b", r"\b[Gg]emessen an?m?\b[^.;]*(?:\bBetrag|Euro|€)", r"\b(?:des|vom)[\s\u00a0]+(?:Geld|Preisgeld)e?s?\b",
             r"\bder[\s\u00a0]+(?:Mittel|Preisgelder|Million|Summe|Obergrenze)\b",
             r"\bdamit\b", r"\bof the (?:money|million|prize money|sum)\b", r"\bspent\b")
EXCLUDED = _any(r"\bnicht\b[^.;]*\bzugelassen\b", r"\b(?:ausgeschlossen|auszuschließen|ausschließen|ausgeschieden|unzulässig"
                r"|zurückzuweisen|zurückgewiesen|abgewiesen)\b",
                r"\b(?:fiel|fielen)\b[^.;]*\b(?:heraus|raus|weg|durch)\b",
                r"\bschied(?:en)?\b[^.;]*\baus\b", r"\b(?:excluded|ruled out|inadmissible)\b")
ENTERED_SAID = _any(r"\b(?:mitgemacht|teilgenommen|beteiligt\w*|beworben|zugelassen\w*|eingereicht|vertreten|im Wettbewerb)\b",
                    r"\b(?:admitted|took part|submitted)\b", r"\b(?:kam|kamen|kommen|stammen|stammten|stell(?:en|ten))\b",
                    r"\bnahmen?\b[^.;]*\bteil\b", r"\bmachten?\b[^.;]*\bmit\b", r"\bcame from\b")
AWARDED = _any(r"\b(?:ausgezeichnet|prämiert|gewannen|gewonnen|Preisträgern?|Gewinnern?|Ausgezeichneten|awarded|winners)\b",
               r"\berh(?:ielten?|alten|ält)\b[^.;]*(?:preis|\bEuro\b|€)",
               r"\b(?:hinzu|dazu|außerdem|ferner|zusätzlich)\b[^.;]*\bje(?:weils)?\b(?:[^.;]|\.(?=\d))*(?:\bEuro\b|€)",
               r"\bPreise? (?:gingen|gehen) an\b")
WON_SAID = _any(r"\b(?:ausgezeichnet\w*|prämiert\w*|gewann|gewannen|gewonnen|errang|errangen|errungen|erfolgreich\w*|awarded|won|successful)\b",
                r"\berh(?:ielt|ielten|alten|ält)\b[^.;]*preis")
PARTAKEN = _any(r"\b(?:Anteil\w*|stell(?:t|en|te|ten)|stamm(?:t|en|te|ten)|kam(?:en)?|kommen|entf(?:ällt|allen|iel|ielen)|vertreten|beteilig\w+"
                r"|teilgenommen|zugelassen\w*|share|came|represent\w*|admitted)\b")
IT = _any(r"\bes\b", r"\b(?:Anteil|Quote|Wert|it|share|figure)\b")       # what was said before
SPREAD = _any(r"\b(?:Gruppen?|je nach|reich\w*|schwank\w*|groups?|depending|range\w*)\b")
TOGETHER_BEFORE = _any(r"\b(?:zusammen|gemeinsam|together)\b(?:[\s\u00a0]+\w+){0,3}[\s\u00a0]+\Z", r"\(\s*\Z")
TOGETHER = _any(r"\b(?:zusammen|gemeinsam|together)\b")
SUMS_UP = _any(r"\b(?:das|dies|diese|beide|those|these|that|both)\b[^.;]*\b(?:zusammen|insgesamt|together|in all|altogether|in total)\b",
               r"\b(?:zusammen|insgesamt|in der Summe|together|altogether|in all)\b[^.;]*\b(?:das|dies|diese|beide|those|these|that|both)\b")
PRIZES_OF = _any(r"\b(?:der|aller|die|von (?:den|allen)|of (?:the|all))[\s\u00a0]+(?:\w+[\s\u00a0]+)?"
                 r"(?:\w*[Pp]reise\w*|Preisträger\w*|Auszeichnungen|Gewinner\w*|prizes|awards|winners)\b")
AVERAGE = _any(r"\b(?:Durchschnitt\w*|durchschnittlich\w*|im (?:Schnitt|Mittel)|on average|average|mean)\b")
MAIN_PRIZE = _any(r"\bHauptpreis\w*", r"\bmain (?:prizes?|awards?)\b")
REPRESENTED = _any(r"\bvertreten\b", r"\brepresented\b")
TOOK_PART = _any(r"\b(?:beteiligt(?:en)?|teilgenommen|beworben|bewarben|took part|participated)\b", r"\bnahmen\b[^.;]*\bteil\b")
PARTAKERS = re.compile(r"[\s\u00a0]+(?:verschiedene[\s\u00a0]+)?(?:Kommunen|municipalities)\b")
AMONG = _any(r"\b(?:von|unter|of|among)[\s\u00a0]+(?:(?:den|allen|insgesamt|the|all)[\s\u00a0]+)*\Z")
LEFT_OUT = re.compile(r"[\s\u00a0]+(?:(?:Beiträge|Bewerbungen|Einsendungen|entries|were)[\s\u00a0]+)?"
                      r"(?:ausgeschlossen|nicht zugelassen|excluded)\b")
OF_THEM = re.compile(r"[\s\u00a0]+(?:davon|von ihnen|of them)\b")
PRIZE_WORDS = _any(r"preis(?:e[ns]?)?\b", "preisgeld", "preisträger", "ausgezeichnet", "auszeichnung", "prämi", "gewinner", "dotiert", "vergab",
                   "ausgeschüttet", "sieger", r"\b(?:prize|award|winner)")
ENTRIES = _any("beitr[aä]g", "bewerbung", "einsendung", r"\b(?:entry|entries|applications?)\b")
ENTRY_WORDS = _any("beitr[aä]g", "bewerbung", "einsendung", "teilnehm", "beteilig", r"\b(?:entry|entries|applications?)\b")
# “Ohne Berlin”, “Berlin nicht mitgerechnet”: what is named there is what is not counted.
LEFT_ASIDE = _any(r"\b(?:ohne|außer|abgesehen von|ausgenommen|without|except(?: for)?|apart from|excluding)[\s\u00a0]+(?:\w+[\s\u00a0]+)?\Z",
                  r"\A[\s\u00a0]+(?:nicht[\s\u00a0]+(?:mitgerechnet|mitgezählt|eingerechnet|gerechnet|berücksichtigt)"
                  r"|ausgenommen|not counted|excluded)\b")
# What is left once those are gone that were just spoken of.
THE_REST = re.compile(r"\b(?:[Dd]ie|[Tt]he)[\s\u00a0]+(?:übrigen|verbleibenden|verbliebenen|restlichen|remaining|other)[\s\u00a0]+\Z")
# The number is a part of what was spoken of before: then no rule of `cues` says of what.
PART_OF = _any(
    r"\b(?:davon|darunter|von ihnen|weitere[nr]?|weiteren|noch|nur|allein|mehr|zusätzlich|etwa|die übrigen|the other|of them|another"
       r"|further)[\s\u00a0]+\Z",
    r"\A[\s\u00a0]+(?:davon|darunter|von ihnen|weitere|der|dieser|unserer|of these|of the|mal|neue|mehr|weniger|(?:more|fewer|less) than)\b")
# “Diese vier Länder” are those that were just named, not all that are counted.
POINTS_BACK = _any(r"\b(?:diese[nr]?|jene[nr]?|these|those)[\s\u00a0]+\Z")
THE_LANDS = _any(r"(?:\A|[.!?:;]\s+|\b(?:aus|in|auf|from)[\s\u00a0]+)(?:die|den|the)[\s\u00a0]+\Z", POINTS_BACK.pattern)
# Then the numbers of a sentence are from elsewhere, whatever they are about.
STUDIES = (r"\b(?:Studien?|Umfragen?|Erhebung|Statistisch\w+ (?:Bundes|Landes)amt\w*|bundesweit|deutschlandweit"
           r"|survey|study|nationwide)\b")
# What there is in the whole country, and what is wished or was expected, is nothing that an edition has.
WISHES = (r"\b[Ii]n (?:ganz )?Deutschland gibt es\b|\bgibt es in (?:ganz )?Deutschland\b|\bGermany has\b"
          r"|\bwir (?:wollen|wünschen|hoffen|rechne\w+|erwarte\w+|planen)\b"
          r"|\b(?:wollen|wünschen|hoffen|rechneten|erwarteten) wir\b"
          r"|\b(?:beim|im|zum) nächsten (?:Mal|Wettbewerb|Jahr)\b|\bNeuauflage\b"
          r"|\bnext (?:time|year|competition)\b|\bwe (?:want|hope|expect)\w*\b")
OTHERS = _any(STUDIES, WISHES)
ELSEWHERE = _any(STUDIES, WISHES, r"\b(?:Einwohner\w*|laut|inhabitants|according to|previous year|Vorjahr\w*|damals"
                 r"|frühere?[nrs]?|seinerzeit|(?:19|20)\d\d)\b")
# Said of shares: then not how many are compared, but how large a part.
SHARE_WORDS = _any(r"\b(?:Anteile?s?n?|Quoten?|Prozent\w*|Werte?s?|share|shares|percentage|proportion|rate)\b", "%", r"\bper cent\b")
# Said of what was chosen among options: who takes part, where the money is from.
TAKING_PART = _any(r"\b(?:genannt\w*|nenn(?:en|t)|Nennung\w*|beteilig\w*|(?:ein|mit)bezogen|vertreten|dabei|mitmach\w*|mitwirk\w*"
                   r"|genutzt|nutz(?:en|t)|eingesetzt|häufig\w*|seltene?\w*|named?|involved|mentioned|represented|used?|common(?:ly)?|often|arbeiten|zusammen|fließen|helfen)\b",
                   r"\b(?:im Boot|an Bord)\b", r"\bpack\w*\b[^.;]*\ban\b",
                   r"\b(?:wirk|mach)\w*\b[^.;]*\bmit\b", r"\bkomm\w*\b[^.;]*\bvor\b", r"\btakes? part\b", r"\bsetz\w*\b[^.;]*\bein\b",
                   r"\bMittel\b|mittel\b")
