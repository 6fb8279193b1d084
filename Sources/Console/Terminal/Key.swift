/// What a person pressed.
public enum Key: Sendable, Equatable {
  case character(Character)
  /// Several characters at once, from the clipboard. Control characters are gone; line feeds stay.
  case paste(String)
  case enter
  /// Ctrl-J: a line break inside an answer.
  case newline
  case backspace, delete, tab, backTab, escape
  case left, right, up, down, home, end, pageUp, pageDown
  /// Ctrl and a lower-case letter.
  case control(Character)
}
