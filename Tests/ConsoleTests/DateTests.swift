import Testing

@testable import Console

struct DateTests {
  private let today = CalendarDate(year: 2026, month: 3, day: 1)!

  private func read(_ text: String, _ code: String) -> DateReading {
    DateReader(Catalog(Language(code)!)).read(text, today: today)
  }

  private func day(_ year: Int, _ month: Int, _ day: Int) -> DateReading {
    .date(CalendarDate(year: year, month: month, day: day)!)
  }

  @Test(arguments: [
    ("2026-05-03", "en"), ("3 May 2026", "en"), ("May 3rd, 2026", "en"),
    ("the 3rd of may 2026", "en"),
    ("3 de mayo de 2026", "es"), ("3/5/2026", "es"), ("03-05-2026", "fr"), ("3 mai 2026", "fr"),
    ("3/5/2026", "ar"), ("٣/٥/٢٠٢٦", "ar"), ("۳ أيار ۲۰۲۶", "ar"), ("3 مايو 2026", "ar"),
    ("3 May 2026", "ar"), ("2026/5/3", "fr"), ("  3  MAYO  2026 ", "es"), ("٢٠٢٦-٠٥-٠٣", "ar"),
  ])
  func `the third of May is read as people write it`(text: String, code: String) {
    #expect(read(text, code) == day(2026, 5, 3), "\(text)")
  }

  @Test func `relative days are read in every language`() {
    let words = [
      ("yesterday", "en"), ("ayer", "es"), ("hier", "fr"), ("أمس", "ar"), ("امس", "ar"),
      ("Yesterday", "fr"), ("1 day ago", "en"), ("hace 1 día", "es"), ("il y a 1 jour", "fr"),
    ]
    for (text, code) in words { #expect(read(text, code) == day(2026, 2, 28), "\(text)") }
    let todays = [("today", "en"), ("hoy", "es"), ("aujourd’hui", "fr"), ("اليوم", "ar")]
    for (text, code) in todays { #expect(read(text, code) == .date(today), "\(text)") }
    #expect(read("avant-hier", "fr") == day(2026, 2, 27))
    #expect(read("قبل ٣ أيام", "ar") == day(2026, 2, 26))
    #expect(read("تشرين الأول ١ ٢٠٢٥", "ar") == day(2025, 10, 1))
    #expect(read("1er août 2025", "fr") == day(2025, 8, 1))
  }

  @Test func `an English date that can be two days is refused with both`() {
    #expect(
      read("3/5/2026", "en")
        == .ambiguous(
          CalendarDate(year: 2026, month: 5, day: 3)!, CalendarDate(year: 2026, month: 3, day: 5)!))
    #expect(read("25/5/2026", "en") == day(2026, 5, 25))
    #expect(read("5/25/2026", "en") == day(2026, 5, 25))
    #expect(read("4/4/2026", "en") == day(2026, 4, 4))
    #expect(read("5/25/2026", "es") == .invalid)
  }

  @Test func `what is not a day is refused`() {
    for bad in [
      "", "31 April 2026", "29/2/2026", "2026-13-01", "3 May", "3/5/26", "May 2026", "3-5/2026",
      "3 Mayonnaise 2026", "2026-5-3-1", "99999999999999999999-1-1", "ago", "0/1/2026", "soon",
    ] {
      #expect(read(bad, "fr") == .invalid, "\(bad)")
    }
  }

  @Test func `the echo has the month in words`() {
    let date = CalendarDate(year: 2026, month: 5, day: 3)!
    let echoes = ["en", "es", "fr", "ar"].map { DateWords(Catalog(Language($0)!)).text(date) }
    #expect(echoes == ["3 May 2026", "3 de mayo de 2026", "3 mai 2026", "3 مايو 2026"])
  }

  @Test func `every month's echo reads back in its language`() {
    for language in Language.available {
      let words = DateWords(Catalog(language))
      for month in 1...12 {
        let date = CalendarDate(year: 2025, month: month, day: 9)!
        #expect(read(words.text(date), language.code) == .date(date))
      }
    }
  }

  @Test func `days are counted as the calendar counts them`() {
    var previous = CalendarDate(year: 1899, month: 12, day: 31)!
    for days in -25_567...47_482 {
      let date = CalendarDate(daysSince1970: days)!
      #expect(date.daysSince1970 == days && previous < date)
      previous = date
    }
    #expect(CalendarDate(daysSince1970: -25_567)?.iso == "1900-01-01")
    #expect(CalendarDate(daysSince1970: 47_482)?.iso == "2100-01-01")
    #expect(CalendarDate(unixSeconds: -1)?.iso == "1969-12-31")
    #expect(CalendarDate(unixSeconds: 1_772_323_200, utcOffset: -3_600)?.iso == "2026-02-28")
    #expect(CalendarDate(year: 1900, month: 2, day: 29) == nil)
    #expect(CalendarDate(unixSeconds: .max, utcOffset: 1) == nil)
  }

  @Test func `since takes a span back from now or a day that begins here`() {
    let dates = DateReader(.english)
    let now: Int64 = 1_772_366_400  // 2026-03-01T12:00Z
    #expect(Since.read("7d", now: now, utcOffset: 0, dates: dates) == .instant(now - 604_800))
    #expect(
      Since.read("2026-03-01", now: now, utcOffset: 7_200, dates: dates)
        == .instant(1_772_323_200 - 7_200))
    #expect(
      Since.read("today", now: now, utcOffset: 0, dates: dates) == .instant(1_772_323_200))
    #expect(Since.read("7", now: now, utcOffset: 0, dates: dates) == .invalid)
    #expect(TimeSpan.seconds("10m") == 600)
    #expect(TimeSpan.seconds("٧٢h") == 259_200)
    for bad in ["", "d", "-1d", "1y", "1.5h", "99999999999d", "9999999999w"] {
      #expect(TimeSpan.seconds(bad) == nil, "\(bad)")
    }
  }
}
