// Strings cut out of one text. Words repeat: a part that was met before is given again as the same string, which saves
// its memory, and makes looking it up as a key cheaper, since its hash is known and the words stay in the cache. A table
// of recent parts finds them: two to each low end of a hash, of which the older gives way, so nothing grows.
//
// Parts of which hardly one repeats are not looked up for long: after the first thousand the table decides whether it is
// of use.
import Tensor

package struct PartStrings {
  /// Longer parts are taken to be different.
  private static let longest = 64
  private static let trial = 1024
  /// Texts shorter than this are not worth a table.
  private static let shortest = 1024

  private let heap: Heap
  private let mask: Int
  /// Two for each end of a hash, the newer first. Borrowed from whoever holds the parts that were given.
  private let slots: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  private var isUsed: Bool
  private var asked = 0
  private var known = 0

  /// `bytes`: how long the text is. The parts must be held as long as the table is used.
  package init(_ heap: Heap, bytes: Int) {
    self.heap = heap
    var size = 64
    while size < 8192 && size * 8 < bytes { size *= 2 }
    mask = size - 1
    isUsed = bytes >= PartStrings.shortest
    slots = isUsed ? .allocate(capacity: 2 * size) : nil
    slots?.initialize(repeating: nil, count: 2 * size)
  }

  package func free() { slots?.deallocate() }

  /// The string of these bytes; owned.
  package mutating func string(_ utf8: UnsafeBufferPointer<UInt8>) -> Value {
    guard isUsed, let slots, let bytes = utf8.baseAddress, utf8.count <= PartStrings.longest else {
      return heap.string(utf8: utf8)
    }
    asked &+= 1
    if asked == PartStrings.trial && known < PartStrings.trial / 8 { isUsed = false }
    let hash = hashBytes(utf8)
    let pair = slots + 2 * (Int(truncatingIfNeeded: hash) & mask)
    for way in 0..<2 {
      guard let object = pair[way] else { break }
      let text = StringRef(Value(tag: .string, object: object))
      if text.hash == hash, text.byteCount == utf8.count, equalBytes(text.bytes, bytes, utf8.count) {
        known &+= 1
        return heap.retained(Value(tag: .string, object: object))
      }
    }
    let made = heap.string(utf8: utf8)
    StringRef(made).object.pointee.hash = hash
    pair[1] = pair[0]
    pair[0] = made.object
    return made
  }
}
