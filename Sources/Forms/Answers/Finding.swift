/// What is wrong with one answer (forms §5.4). A value, since the caller expects it.
public struct Finding: Sendable, Hashable {
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// Nothing was answered where something must be.
    case required
    /// Not of the field's type, or not in its one form.
    case type
    /// Not a code of the choice list.
    case codeUnknown = "code_unknown"
    /// In the choice list, but not offered with these other answers.
    case codeUnavailable = "code_unavailable"
    case constraint
    /// Longer, or with more codes or instances, than a record may hold.
    case tooLong = "too_long"
    /// Given although the question does not apply; it is dropped.
    case irrelevant
    case unknownField = "unknown_field"
    /// A calculation gave a result that its type cannot hold.
    case calculation
  }

  public let path: FieldPath
  public let code: Code
  /// The form's own words for it, where it has some.
  let own: LocalizedText?

  package init(_ code: Code, _ path: FieldPath, own: LocalizedText? = nil) {
    self.code = code
    self.path = path
    self.own = own
  }

  /// A sentence in `language` that says what to do; it never holds the answer.
  public func message(_ language: String) -> String {
    own?.text(language) ?? code.sentences.text(language) ?? code.rawValue
  }
}

extension Finding.Code {
  var sentences: LocalizedText {
    switch self {
    case .required:
      .built(
        en: "This question needs an answer.", es: "Esta pregunta necesita una respuesta.",
        fr: "Cette question demande une réponse.", ar: "هذا السؤال يحتاج إلى إجابة.")
    case .type:
      .built(
        en: "This is not in the form that the question asks for.",
        es: "La respuesta no tiene la forma que pide la pregunta.",
        fr: "La réponse n’a pas la forme demandée.", ar: "الإجابة ليست بالصيغة المطلوبة.")
    case .codeUnknown:
      .built(
        en: "This is not one of the choices.", es: "Esta no es una de las opciones.",
        fr: "Ce n’est pas un des choix proposés.", ar: "هذا ليس من الخيارات.")
    case .codeUnavailable:
      .built(
        en: "This choice does not go with the other answers.",
        es: "Esta opción no corresponde a las otras respuestas.",
        fr: "Ce choix ne va pas avec les autres réponses.",
        ar: "هذا الخيار لا يتفق مع الإجابات الأخرى.")
    case .constraint:
      .built(
        en: "This answer is outside what the question allows.",
        es: "La respuesta está fuera de lo que la pregunta permite.",
        fr: "La réponse sort de ce que la question permet.",
        ar: "الإجابة خارج ما يسمح به السؤال.")
    case .tooLong:
      .built(
        en: "This answer is too long; shorten it.",
        es: "La respuesta es demasiado larga; acórtela.",
        fr: "La réponse est trop longue ; raccourcissez-la.",
        ar: "الإجابة طويلة جدًا؛ اختصرها.")
    case .irrelevant:
      .built(
        en: "This question does not apply any more; its answer is left out.",
        es: "Esta pregunta ya no corresponde; su respuesta se omite.",
        fr: "Cette question ne s’applique plus ; sa réponse est omise.",
        ar: "لم يعد هذا السؤال ينطبق؛ تُترك إجابته.")
    case .unknownField:
      .built(
        en: "The form has no such question.", es: "El formulario no tiene esta pregunta.",
        fr: "Le formulaire n’a pas cette question.", ar: "لا يوجد سؤال كهذا في الاستمارة.")
    case .calculation:
      .built(
        en: "The form cannot calculate this from the answers; check them.",
        es: "El formulario no puede calcular esto con las respuestas; revíselas.",
        fr: "Le formulaire ne peut pas le calculer à partir des réponses ; vérifiez-les.",
        ar: "لا يمكن للاستمارة حساب هذا من الإجابات؛ تحقق منها.")
    }
  }
}
