/// Upper bounds on what a form file and its answers can make us hold (forms §8).
///
/// A file that exceeds one is refused before the excess is stored; an answer that exceeds one is a
/// finding. Nothing grows without a limit.
public struct FormLimits: Sendable, Hashable {
  public var fileBytesMax = 192 << 10
  /// Nesting of YAML lists and maps.
  public var yamlDepthMax = 32
  /// Nesting of groups and repeats.
  public var groupDepthMax = 8
  public var fieldsMax = 500
  public var listsMax = 200
  public var choicesPerListMax = 2_000
  public var attributesPerChoiceMax = 16
  /// UTF-8 bytes of one label, hint or message in one language.
  public var labelBytesMax = 4_000
  public var languagesMax = 32
  public var expressionBytesMax = 2_000
  public var expressionNodesMax = 500
  public var expressionDepthMax = 32
  public var patternBytesMax = 500
  /// States of a compiled pattern; `{m,n}` multiplies.
  public var patternStatesMax = 2_000
  /// Longest text, in Unicode scalars, that a pattern is tried on.
  public var patternSubjectScalarsMax = 4_096
  /// UTF-8 bytes of one text answer.
  public var textAnswerBytesMax = 16 << 10
  public var codesPerAnswerMax = 200
  public var instancesPerRepeatMax = 200

  public init() {}

  /// The limits that the specification fixes, equal on every machine.
  public static let specified = FormLimits()

  /// Small enough that a one-page form crosses every boundary.
  package static let tiny: FormLimits = {
    var limits = FormLimits()
    limits.fileBytesMax = 2_000
    limits.yamlDepthMax = 6
    limits.groupDepthMax = 1
    limits.fieldsMax = 4
    limits.listsMax = 1
    limits.choicesPerListMax = 2
    limits.attributesPerChoiceMax = 1
    limits.labelBytesMax = 10
    limits.languagesMax = 2
    limits.expressionBytesMax = 40
    limits.expressionNodesMax = 5
    limits.expressionDepthMax = 3
    limits.patternBytesMax = 12
    limits.patternStatesMax = 20
    limits.textAnswerBytesMax = 8
    limits.codesPerAnswerMax = 2
    limits.instancesPerRepeatMax = 2
    return limits
  }()
}
