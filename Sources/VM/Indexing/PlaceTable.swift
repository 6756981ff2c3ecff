// Places in programs of cells are plain numbers, so that equal definitions are equal programs: a source, where the span
// begins and how long it is, in one word.
import Diagnostics

struct PlaceTable {
  private var sources: [SourceFile] = []
  private var numbers: [ObjectIdentifier: Int] = [:]

  private static let offsetBits = 28
  private static let lengthBits = 20

  /// Marks the place of a read that is made only where the condition of its table leaves the cell out.
  static let leftOut = 1 << 61

  mutating func place(_ span: Span) -> Int {
    let number: Int
    if let known = numbers[ObjectIdentifier(span.source)] {
      number = known
    } else {
      number = sources.count
      sources.append(span.source)
      numbers[ObjectIdentifier(span.source)] = number
    }
    let length = min(max(0, span.end - span.start), 1 << PlaceTable.lengthBits - 1)
    let start = min(max(0, span.start), 1 << PlaceTable.offsetBits - 1)
    return (number << PlaceTable.offsetBits | start) << PlaceTable.lengthBits | length
  }

  func span(_ place: Int) -> Span? {
    guard place >= 0 else { return nil }
    let place = place & ~PlaceTable.leftOut
    let length = place & (1 << PlaceTable.lengthBits - 1)
    let start = place >> PlaceTable.lengthBits & (1 << PlaceTable.offsetBits - 1)
    let number = place >> (PlaceTable.lengthBits + PlaceTable.offsetBits)
    guard number < sources.count else { return nil }
    return Span(sources[number], start, start + length)
  }
}
