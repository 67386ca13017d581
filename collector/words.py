"""Words for what people enter: why an entry is not taken, and the heads of tables. uk, en. Pure."""

from collector.entry import EntryError

LANGS = ("uk", "en")

COUNTS: dict[str, dict[str, str]] = {
    "uk": {
        "satisfied": "задоволені",
        "unsatisfied": "незадоволені",
        "effectiveness": "результативність",
        "timeliness": "своєчасність",
        "accessibility": "доступність",
        "convenience": "зручність",
        "openness": "відкритість",
        "respect": "повага до особи",
        "professionalism": "професійність",
        "complaints": "скарги",
    },
    "en": {
        "satisfied": "satisfied",
        "unsatisfied": "unsatisfied",
        "effectiveness": "effectiveness",
        "timeliness": "timeliness",
        "accessibility": "accessibility",
        "convenience": "convenience",
        "openness": "openness",
        "respect": "respect",
        "professionalism": "professionalism",
        "complaints": "complaints",
    },
}

_REFUSALS: dict[str, dict[str, str]] = {
    "uk": {
        "nobody": "хто вносить? Обліковий запис {login} не називає особу."
        " Додайте --who \"Прізвище І. Б.\"",
        "too_long": "{field}: {length} знаків, дозволено {most}. Скоротіть",
        "unprintable": "{field}: розрив рядка або керівний знак. Введіть одним рядком",
        "no_day": "{day!r} не є днем. Пишіть так: 2026-10-26",
        "no_month": "{month!r} не є місяцем. Пишіть так: 2026-10",
        "no_quarter": "{quarter!r} не є кварталом. Пишіть так: 2026Q4",
        "unknown_site_near": "немає підрозділу {name!r}. Можливо, {near!r}?",
        "unknown_site": "немає підрозділу {name!r}. Відомі: {known}",
        "unknown_service_near": "немає послуги {name!r}. Можливо, {near!r}?",
        "unknown_service": "немає послуги {name!r}. Відомі: {known}",
        "unknown_reason": "немає критерію {name!r}. Відомі: {known}",
        "replaced": "запис {id} уже замінено записом {by}. Працюйте із записом {by}",
        "other_day": "запис {id} внесено {made}, а сьогодні {today}: замінити його вже не можна."
        " Внесіть виправний запис: --correcting {id} --reason «…»",
        "same_day": "запис {id} внесено сьогодні: його ще можна замінити. Скажіть --correct {id}",
        "no_day_or_site": "не вказано день або підрозділ. Приклад: --day 2026-10-26 --site kyiv-1",
        "no_counts": "нічого вносити: не вказано жодної кількості. Нуль теж вкажіть: --satisfied 0",
        "negative": "{name}: {count} менше нуля. Від'ємні числа можливі лише у виправному записі",
        "too_many": "{name}: {count} більше за {most}. Перевірте число",
        "future": "{day} ще не настало (сьогодні {today})",
        "below_zero": "за {day} ({site}, {service}) вийшло б {name} = {count}, менше нуля."
        " Подивіться, що внесено: talon-collector paper {day}",
        "is_correcting": "запис {id} сам є виправним. Виправляйте перший: --correcting {first}",
        "no_reason": "виправлення без причини. Додайте --reason «…»",
        "no_difference": "виправний запис без різниць. Вкажіть, на скільки змінити: --satisfied -3",
        "other_place": "{given!r} тут не годиться: запис стосується {was!r}. Для іншого дня,"
        " підрозділу чи послуги внесіть два записи: один виправний і один новий",
        "meanwhile": "тим часом з'явився запис {id} за той самий день. Нічого не внесено:"
        " подивіться ще раз",
        "no_entry": "немає запису {id}. Список: talon-collector paper 2026-10",
        "no_action": "немає заходу {number}. Список: talon-collector actions list --all",
        "no_annotation": "немає примітки {number}. Список: talon-collector annotations",
        "empty": "{field}: порожньо. Впишіть текст",
        "left_out": "не вказано: {options}. Приклад: talon-collector actions --help",
        "done_on": "стан {state} і день виконання не узгоджені: день вказують лише для done",
        "not_done": "захід {number} не виконано, ефект виміряти не можна."
        " Спершу: actions done {number}",
        "no_change": "у {number} нічого не змінено",
        "one_span": "для порівняння потрібні обидва періоди: --before і --since",
        "backwards": "період {first} … {last} іде назад",
        "open_month": "місяць {month} ще триває. Порівнюйте завершені місяці",
        "overlap": "період «до» закінчується {before}, а «після» починається {since}:"
        " вони перетинаються",
        "no_months_yet": "після виконання ще не минуло жодного повного місяця. Зачекайте,"
        " або вкажіть --before і --since",
    },
    "en": {
        "nobody": "who enters this? The account {login} names no person. Add --who \"Name\"",
        "too_long": "{field}: {length} characters, {most} are allowed. Shorten it",
        "unprintable": "{field} has a line break or a control character. Write it on one line",
        "no_day": "{day!r} is not a day. Write it as 2026-10-26",
        "no_month": "{month!r} is not a month. Write it as 2026-10",
        "no_quarter": "{quarter!r} is not a quarter. Write it as 2026Q4",
        "unknown_site_near": "there is no office {name!r}. Did you mean {near!r}?",
        "unknown_site": "there is no office {name!r}. Known: {known}",
        "unknown_service_near": "there is no service {name!r}. Did you mean {near!r}?",
        "unknown_service": "there is no service {name!r}. Known: {known}",
        "unknown_reason": "there is no criterion {name!r}. Known: {known}",
        "replaced": "entry {id} has been replaced by {by}. Work with {by}",
        "other_day": "entry {id} was made on {made}, and today is {today}: it can no longer be"
        " replaced. Make a correcting entry: --correcting {id} --reason \"…\"",
        "same_day": "entry {id} was made today: it can still be replaced. Say --correct {id}",
        "no_day_or_site": "the day or the office is missing. Say --day 2026-10-26 --site kyiv-1",
        "no_counts": "nothing to enter: no count was given. Say so if it is none: --satisfied 0",
        "negative": "{name}: {count} is below 0. Only a correcting entry may have negative numbers",
        "too_many": "{name}: {count} is more than {most}. Check the number",
        "future": "{day} is still to come (today is {today})",
        "below_zero": "{name} of {day} ({site}, {service}) would be {count}, below 0."
        " See what was entered: talon-collector paper {day}",
        "is_correcting": "entry {id} is a correcting one. Correct the first: --correcting {first}",
        "no_reason": "a correction without a reason. Add --reason \"…\"",
        "no_difference": "a correcting entry without differences. Say by how much: --satisfied -3",
        "other_place": "{given!r} does not fit: the entry is about {was!r}. For another day, office"
        " or service make two entries: a correcting one and a new one",
        "meanwhile": "entry {id} has been made for the same day meanwhile. Nothing was entered:"
        " look again",
        "no_entry": "there is no entry {id}. List them: talon-collector paper 2026-10",
        "no_action": "there is no action {number}. List them: talon-collector actions list --all",
        "no_annotation": "there is no annotation {number}. List them: talon-collector annotations",
        "empty": "{field} is empty. Write a text",
        "left_out": "left out: {options}. An example: talon-collector actions --help",
        "done_on": "state {state} and the day do not agree: only what is done has one",
        "not_done": "action {number} is not done: no effect to measure."
        " First: actions done {number}",
        "no_change": "nothing of {number} is changed",
        "one_span": "a comparison needs both periods: --before and --since",
        "backwards": "the period {first} … {last} goes backwards",
        "open_month": "the month {month} is not over. Compare months that are",
        "overlap": "the time before ends in {before}, that since begins in {since}: they overlap",
        "no_months_yet": "no whole month has passed since it was done. Wait, or say --before and"
        " --since",
    },
}  # fmt: skip

# Of fields that a command takes without an option; all others are called as their option is.
_ARGUMENTS: dict[str, dict[str, str]] = {
    "uk": {"uk": "UK (текст українською)", "en": "EN (текст англійською)"},
    "en": {"uk": "UK (the text in Ukrainian)", "en": "EN (the text in English)"},
}

WORDS: dict[str, dict[str, str]] = {
    "uk": {
        "id": "запис", "day": "день", "site": "підрозділ", "service": "послуга", "who": "хто",
        "entered": "внесено", "note": "примітка", "reason": "причина", "total": "разом",
        "replaced_by": "замінено записом {id}", "replaces": "замінює {id}",
        "corrects": "виправляє {id}", "will": "Буде внесено:", "there": "За цей день уже внесено:",
        "nothing": "За цей день ще нічого не внесено.", "after": "Разом після внесення:",
        "dry": "Перевірка: нічого не внесено.", "ask": "Внести?", "done": "Внесено: запис {id}.",
        "none": "Немає записів за {when}.", "nought": "усе по нулях",
        "reasons": "Названі критерії",
        "action": "захід", "point": "точка невдоволення", "measure": "захід",
        "owner": "відповідальний", "deadline": "строк", "decided": "рішення", "state": "стан",
        "effect": "ефект", "criterion": "критерій", "done_on": "виконано",
        "planned": "заплановано", "under_way": "виконується", "state_done": "виконано",
        "dropped": "знято", "overdue": "ПРОСТРОЧЕНО", "before": "до", "since": "після",
        "no_actions": "Немає заходів.", "no_annotations": "Немає приміток.",
        "action_entered": "Захід {number}: запис {id}.",
        "annotation_entered": "Примітка {number}: запис {id}.", "withdrawn": "відкликано",
        "everywhere": "усі",
    },
    "en": {
        "id": "entry", "day": "day", "site": "office", "service": "service", "who": "who",
        "entered": "entered", "note": "note", "reason": "reason", "total": "total",
        "replaced_by": "replaced by {id}", "replaces": "replaces {id}",
        "corrects": "corrects {id}", "will": "Will be entered:", "there": "Entered for this day:",
        "nothing": "Nothing has been entered for this day.", "after": "Total afterwards:",
        "dry": "A trial: nothing was entered.", "ask": "Enter it?", "done": "Entered: entry {id}.",
        "none": "There are no entries for {when}.", "nought": "all nought",
        "reasons": "Criteria named",
        "action": "action", "point": "point", "measure": "measure",
        "owner": "owner", "deadline": "deadline", "decided": "decided", "state": "state",
        "effect": "effect", "criterion": "criterion", "done_on": "done on",
        "planned": "planned", "under_way": "under way", "state_done": "done",
        "dropped": "dropped", "overdue": "OVERDUE", "before": "before", "since": "since",
        "no_actions": "There are no actions.", "no_annotations": "There are no annotations.",
        "action_entered": "Action {number}: entry {id}.",
        "annotation_entered": "Annotation {number}: entry {id}.", "withdrawn": "withdrawn",
        "everywhere": "all",
    },
}  # fmt: skip


def say(error: EntryError, lang: str) -> str:
    """Why an entry is not taken, for people."""
    values = dict(error.values)
    if "name" in values and values["name"] in COUNTS[lang]:
        values["name"] = COUNTS[lang][str(values["name"])]
    if "field" in values:
        field = str(values["field"])
        values["field"] = _ARGUMENTS[lang].get(field, f"--{field}")
    return _REFUSALS[lang][error.key].format(**values)
