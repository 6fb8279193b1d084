internal import SyncCore
internal import TransparencyLog

/// What a release is, in plain language (committee §5.5).
///
/// The texts are part of the format: a verifier makes them again and compares.
struct CommitteeSummary {
  let release: ReleasePackage
  let records: Int
  let log: ReleasePackage.LogProof

  static let languages = ["en", "es", "fr", "ar"]

  func text(_ language: String) -> String {
    let words = Self.words[language] ?? Self.english
    let since = release.previous.map { words.after.replacing("{n}", $0.number) } ?? words.start
    var lines = [
      words.covers.replacing("{n}", release.number).replacing("{total}", release.leaves.count)
        .replacing("{since}", since),
      words.shows.replacing("{shown}", release.entries.count).replacing("{records}", records)
        .replacing("{withheld}", release.withheldCount),
    ]
    for part in release.withheld {
      lines.append("- \(words.reasons[part.reason] ?? part.reason.rawValue): \(part.count)")
    }
    lines.append(words.checked.replacing("{size}", log.inclusion.size))
    lines.append(words.limits)
    return lines.joined(separator: "\n")
  }

  private struct Words {
    let covers, after, start, shows, checked, limits: String
    let reasons: [WithheldReason: String]
  }

  private static let english = Words(
    covers: "Release {n} covers {total} changes that the hub logged since {since}.",
    after: "release {n}", start: "the programme began",
    shows: "This file shows {shown} of them, about {records} records, and withholds {withheld}.",
    checked: "Run `yarrow committee verify` to see whether it matches the hub's log of {size} "
      + "leaves.",
    limits: "It cannot show whether what was recorded is true, nor what was never recorded.",
    reasons: [
      .keyManagement: "keys of devices", .routing: "where a record was sent",
      .erasure: "orders to erase", .consent: "no consent to show it",
      .quarantined: "held back as faulty", .notHeld: "no longer held by the hub",
      .formNotListed: "the policy does not list the form",
      .noListedField: "no answer that the policy lists",
    ])

  private static let words: [String: Words] = [
    "en": english,
    "es": Words(
      covers: "La publicación {n} abarca {total} cambios que el nodo central registró desde "
        + "{since}.",
      after: "la publicación {n}", start: "el inicio del programa",
      shows: "Este archivo muestra {shown} de ellos, sobre {records} expedientes, y retiene "
        + "{withheld}.",
      checked: "Ejecute `yarrow committee verify` para ver si coincide con el registro del nodo "
        + "central, de {size} hojas.",
      limits: "No puede mostrar si lo registrado es cierto, ni lo que nunca se registró.",
      reasons: [
        .keyManagement: "claves de dispositivos", .routing: "a dónde se envió un expediente",
        .erasure: "órdenes de borrado", .consent: "sin consentimiento para mostrarlo",
        .quarantined: "apartado por defectuoso", .notHeld: "el nodo central ya no lo conserva",
        .formNotListed: "la política no incluye el formulario",
        .noListedField: "ninguna respuesta que la política incluya",
      ]),
    "fr": Words(
      covers: "La publication {n} couvre {total} changements que le serveur a inscrits depuis "
        + "{since}.",
      after: "la publication {n}", start: "le début du programme",
      shows: "Ce fichier en montre {shown}, sur {records} dossiers, et en retient {withheld}.",
      checked: "Lancez `yarrow committee verify` pour voir s’il correspond au journal du serveur, "
        + "de {size} feuilles.",
      limits:
        "Il ne peut montrer ni si ce qui a été inscrit est vrai, ni ce qui ne l’a jamais été.",
      reasons: [
        .keyManagement: "clés d’appareils", .routing: "destination d’un dossier",
        .erasure: "ordres d’effacement", .consent: "pas de consentement pour le montrer",
        .quarantined: "écarté car défectueux", .notHeld: "n’est plus détenu par le serveur",
        .formNotListed: "la politique ne cite pas le formulaire",
        .noListedField: "aucune réponse que la politique cite",
      ]),
    "ar": Words(
      covers: "يشمل الإصدار {n} عدد {total} من التغييرات التي سجّلها المركز منذ {since}.",
      after: "الإصدار {n}", start: "بداية البرنامج",
      shows: "يعرض هذا الملف {shown} منها، عن {records} من السجلات، ويحجب {withheld}.",
      checked: "شغّلوا `yarrow committee verify` لمعرفة هل يطابق سجل المركز المكوَّن من {size} ورقة.",
      limits: "لا يمكنه أن يُظهر هل ما سُجّل صحيح، ولا ما لم يُسجَّل قط.",
      reasons: [
        .keyManagement: "مفاتيح الأجهزة", .routing: "الجهة التي أُرسل إليها السجل",
        .erasure: "أوامر المحو", .consent: "لا موافقة على عرضه",
        .quarantined: "محتجز لخلل فيه", .notHeld: "لم يعد المركز يحتفظ به",
        .formNotListed: "السياسة لا تذكر الاستمارة",
        .noListedField: "لا إجابة تذكرها السياسة",
      ]),
  ]
}

extension String {
  fileprivate func replacing(_ mark: String, _ value: some CustomStringConvertible) -> String {
    split(separator: mark, omittingEmptySubsequences: false).joined(separator: value.description)
  }
}
