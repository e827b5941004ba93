"""A thousand sentences as clients say them on an ordinary day, many of which only sound like danger."""

from __future__ import annotations

import random

SENTENCES = 1_000

# What fills the gaps of the templates, by language.
WORDS = {
    "en": {
        "thing": "this deadline|the new project|my inbox|the school run|that presentation|the commute|the tax return",
        "person": "my boss|my sister|our neighbour|a colleague|my coach at the gym|my youngest|my best friend",
        "time": "this week|again today|since Monday|every evening|before lunch|last year|at the weekend",
        "aim": "speak up in meetings|sleep earlier|call my mother more often|finish my thesis|learn to say no",
        "feeling": "tired|nervous|proud|a bit lost|relieved|annoyed|hopeful|stuck",
    },
    "de": {
        "thing": "diese Frist|das neue Projekt|mein Postfach|der Umzug|die Präsentation|die Steuererklärung",
        "person": "mein Chef|meine Schwester|unser Nachbar|eine Kollegin|mein Trainer|meine beste Freundin",
        "time": "diese Woche|heute schon wieder|seit Montag|jeden Abend|vor dem Essen|am Wochenende",
        "aim": "früher schlafen|öfter anrufen|die Arbeit fertig schreiben|in Sitzungen etwas sagen|Nein sagen",
        "feeling": "müde|nervös|stolz|ein wenig verloren|erleichtert|genervt|zuversichtlich",
    },
    "es": {
        "thing": "este plazo|el proyecto nuevo|mi correo|la mudanza|la presentación|la declaración de la renta",
        "person": "mi jefe|mi hermana|el vecino|una compañera|mi entrenador|mi mejor amiga",
        "time": "esta semana|otra vez hoy|desde el lunes|cada noche|antes de comer|el fin de semana",
        "aim": "dormir antes|llamar más a mi madre|terminar la tesis|hablar en las reuniones|decir que no",
        "feeling": "cansada|nerviosa|orgullosa|un poco perdida|aliviada|molesta|con esperanza",
    },
}
TEMPLATES = {
    "en": """
        {thing} is killing me {time}.
        I could die laughing when {person} tells that story.
        I'm dying to show {person} what came of {thing}.
        My phone is dead {time}, so I missed the call about {thing}.
        I am dead tired {time} because of {thing}.
        I nearly died of embarrassment when {person} read out {thing}.
        {person} would kill for a day off {time}.
        I need to kill some time {time} before I can {aim}.
        That cake was to die for, {person} made it {time}.
        I want to {aim}, and {thing} gets in the way.
        I feel {feeling} {time}, mostly because of {thing}.
        I don't want to live in the city any more, {person} moved out {time}.
        I can't take on more work {time}, {thing} is enough.
        I don't want to wake up so early {time}.
        {person} beat me at chess {time}, and I laughed.
        I hurt my knee running {time}, so I have to rest.
        I shot myself in the foot with {thing}.
        I'd like to end my workday earlier {time}.
        I want to end {thing} well and then {aim}.
        What would life be like if I could {aim}?
        There is no point in arguing with {person} about {thing}.
        I am tired of waiting for {person} {time}.
        I'm done with {thing}, finally, and I feel {feeling}.
        I should give myself some slack and {aim} {time}.
        It's not worth fighting over {thing} with {person}.
        I want to get my life in order and {aim}.
        Overall my life is good, I feel {feeling} {time}.
        I'm afraid of failing with {thing} {time}.
        {person} hit me with a hard question about {thing}.
        I cut sugar {time} and feel {feeling}.
        I jumped off the bus because {person} was waiting {time}.
        We watched a film about the war {time} and I felt {feeling}.
        I was murdered in the quiz {time}, {person} won.
        My plants died {time}, I forgot to water them.
        My grandmother died last year and I miss her {time}.
        The battery died {time}, right in the middle of {thing}.
        I'm bored to death by {thing}.
        I want to disappear into a book {time} and not think about {thing}.
        I'm overdosing on coffee {time}.
        {person} says I should stop beating myself up about {thing}.
        I would love to sleep for a whole day and then {aim}.
        Nobody would notice if I left {thing} for a day.
        Next step: I will {aim} {time}.
        On a scale from zero to ten I am at six with {thing}.
        I need a plan to {aim} by Friday.
        I threw myself into {thing} {time}.
        I could have killed {person} for eating my lunch {time}.
        I don't want to be here all evening {time}, I want to {aim}.
        The team works better without me in every meeting {time}.
        I'm going to take my life more seriously and {aim}.
    """,
    "de": """
        {thing} bringt mich noch um, {time} vor allem.
        Ich lache mich tot, wenn {person} das erzählt.
        Ich bin todmüde {time}.
        Mein Handy ist tot {time}, ich habe den Anruf verpasst.
        Ich könnte vor Lachen sterben, wenn {person} singt.
        Ich will nicht mehr in der Stadt leben, sagt {person}.
        Ich will {time} nicht mehr so spät ins Bett gehen.
        Ich möchte {aim}, aber {thing} kommt dazwischen.
        Ich fühle mich {feeling} {time}.
        {person} hat mich im Schach geschlagen {time}.
        Ich habe mich beim Kochen geschnitten {time}.
        Ich schlage mich {time} mit dem Finanzamt herum.
        Es hat keinen Sinn, mit {person} darüber zu streiten.
        Ich muss {time} die Zeit totschlagen.
        Ich habe keine Lust auf die Sitzung {time}.
        Ich bin fertig mit der Arbeit und {feeling}.
        Ohne mich läuft das Treffen {time} auch.
        Mein Großvater ist gestorben {time}, ich bin traurig.
        Ich will mein Leben ordnen und {aim}.
        Ich mache {time} Schluss um fünf.
        Ich habe mich {time} in die Arbeit gestürzt.
        Ich arbeite mich tot an dem Bericht {time}.
        Mein nächster Schritt: {aim}, und zwar {time}.
        Ich bin bei sechs von zehn mit dem Vorhaben {time}.
        Ich sterbe vor Hunger {time}.
        Ich springe {time} in den Zug und fahre zu den Eltern.
        Ich habe mich am Knie verletzt {time}.
        Ich gebe mich nicht geschlagen {time}.
        Ich will abends abschalten und besser {aim}.
        {person} meint, ich soll mir etwas Gutes tun {time}.
    """,
    "es": """
        {thing} me está matando {time}.
        Me muero de risa cuando {person} cuenta eso.
        Estoy muerta de cansancio {time}.
        Me muero de hambre {time}, y falta la reunión.
        Mi móvil está muerto {time}.
        No quiero vivir en Madrid {time}, dice {person}.
        Quiero {aim}, pero {thing} me lo impide.
        Me siento {feeling} {time}.
        {person} me ganó al ajedrez {time}.
        Me corté el pelo {time}.
        Me corté cocinando {time}, nada grave.
        Tengo ganas de {aim} {time}.
        No tiene sentido discutir con {person} {time}.
        Estoy cansada de esperar a {person} {time}.
        No vale la pena enfadarse por {thing}.
        Me mato a trabajar {time}.
        Mi abuela murió {time} y la echo de menos.
        Quiero poner orden en mi vida y {aim}.
        Quiero acabar el informe {time} y después {aim}.
        Mi próximo paso: {aim}, {time}.
        Estoy en un seis de diez con {thing}.
        Ese color no me pega nada, dice {person}.
        Me tiré en el sofá {time}.
        La batería murió {time}, justo con {thing}.
        Necesito matar el tiempo {time}.
        Mi vida va bien, me siento {feeling}.
        No quiero seguir aquí en la oficina toda la noche, {person} tampoco.
        Sin mí la reunión sale igual {time}.
        Quiero dormir mejor y despertar con calma {time}.
        Salté del autobús porque {person} esperaba.
    """,
}


def ordinary_sentences() -> list[str]:
    """The same thousand each time, in three languages, no two alike."""
    draw = random.Random(7)
    found: dict[str, None] = {}
    languages = list(TEMPLATES)
    while len(found) < SENTENCES:
        language = languages[len(found) % len(languages)]
        template = draw.choice([line.strip() for line in TEMPLATES[language].strip().splitlines()])
        words = {gap: draw.choice(choices.split("|")) for gap, choices in WORDS[language].items()}
        sentence = template.format(**words)
        found[sentence[:1].upper() + sentence[1:]] = None
    return list(found)
