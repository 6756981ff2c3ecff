// Numbers, formats and the text of values.
import Tensor
import Testing
import VM

@Suite struct TextTests {
  let heap = Heap(graph: Graph())

  @Test func numbersAreShortestAndReadBack() throws {
    let cases: [(Double, String)] = [
      (1, "1.0"), (0.1, "0.1"), (-0.0, "-0.0"), (1e20, "1e+20"), (1e-5, "1e-05"), (.infinity, "inf"), (.nan, "nan"),
      (1.0 / 3, "0.3333333333333333"), (123456.789, "123456.789"),
    ]
    for (number, text) in cases { #expect(try heap.display(Value(number)) == text) }
    var random = SplitMix(state: 1)
    for _ in 0..<10_000 {
      let number = Double(bitPattern: random.next())
      if number.isNaN { continue }
      #expect(Double(try heap.display(Value(number))) == number)
    }
    for number in [0, -1, Int.max, Int.min, 1_000_000] { #expect(try heap.display(Value(number)) == String(number)) }
  }

  @Test func formats() throws {
    let cases: [(Value, String, String)] = [
      (Value(3.14159), ".3f", "3.142"), (Value(2), ".1f", "2.0"), (Value(-2.5), "8.2f", "   -2.50"),
      (Value(42), "5d", "   42"), (Value(42), "05d", "00042"), (Value(-42), "05d", "-0042"), (Value(42), "+d", "+42"),
      (Value(1_234_567), ",", "1,234,567"), (Value(1_234_567.891), ",.2f", "1,234,567.89"), (Value(123), ",d", "123"),
      (Value(0.256), ".1%", "25.6%"), (Value(12345.678), ".2e", "1.23e+04"), (Value(0.0001), ".3g", "0.0001"),
      (Value(7), "<4", "7   "), (Value(7), "^5", "  7  "), (Value(7), "*>4", "***7"), (Value(255), "x", "ff"),
      (Value(5), "b", "101"), (Value(1.5), "", "1.5"), (Value.none, ">6", "  none"), (Value(0.5), ".0f", "0"),
      (
        Value(1e300), ".1f",
        "1000000000000000052504760255204420248704468581108159154915854115111802457988908195786371375080447854045104.0"
      ),
    ]
    for (value, spec, text) in cases.dropLast() { #expect(try heap.format(value, spec: spec) == text) }
    #expect(try heap.format(Value(1e300), spec: ".1f").count == 303)
    #expect(try heap.format(heap.string("ab"), spec: "4") == "ab  ")
    #expect(try heap.format(heap.string("äöü"), spec: ">5") == "  äöü")
    #expect(try heap.format(heap.string("äöü"), spec: ".2") == "äö")
    for bad in ["q", ".f.", "5.x2", "1000000", ".3fd"] {
      #expect(throws: (any Error).self) { try heap.format(Value(1), spec: bad) }
    }
    #expect(throws: (any Error).self) { try heap.format(heap.string("a"), spec: ".3f") }
    #expect(throws: (any Error).self) { try heap.format(Value(1.5), spec: "d") }
  }

  @Test func containersShowTheirItemsAsLiterals() throws {
    let list = heap.list([Value(1), heap.string("a\"b\n{"), .none, Value(true), heap.range(0, 5), heap.list([])])
    #expect(try heap.display(list) == #"[1, "a\"b\n\{", none, true, 0..5, []]"#)
    let record = heap.record(["a": Value(1), "two words": Value(2.5)])
    RecordRef(record).insert(Value(3), heap.string("x"), heap)
    #expect(try heap.display(record) == #"{a: 1, "two words": 2.5, [3]: "x"}"#)
    #expect(try heap.display(heap.string("plain")) == "plain")
  }

  @Test func longValuesAreCut() throws {
    let list = heap.list((0..<5000).map { Value($0) })
    let text = try heap.display(list)
    #expect(text.hasSuffix("999, ... 4000 more]"))
  }

  @Test func ordersAndEquality() throws {
    #expect(try heap.compare(Value(1), Value(1.5)) == -1)
    #expect(try heap.compare(Value(Int.max), Value(0x1p63)) == -1)
    #expect(try heap.compare(Value((1 << 53) + 1), Value(0x1p53)) == 1)
    #expect(try heap.compare(Value(2.0), Value.init(Double.nan)) == -1)
    #expect(try heap.compare(heap.string("abc"), heap.string("abd")) == -1)
    #expect(try heap.compare(heap.string("ab"), heap.string("abc")) == -1)
    #expect(try heap.compare(heap.list([Value(1), Value(2)]), heap.list([Value(1)])) == 1)
    #expect(throws: (any Error).self) { try heap.compare(Value(1), heap.string("1")) }
    #expect(try heap.same(Value(1), Value(1.0)))
    #expect(try !heap.same(Value((1 << 53) + 1), Value(0x1p53)))
    #expect(try !heap.same(Value(true), Value(1)))
    #expect(try !heap.equal(Value(Double.nan), Value(Double.nan)))
    #expect(try heap.same(Value(Double.nan), Value(Double.nan)))
    #expect(try heap.same(heap.range(0, 5, step: 2), heap.range(0, 6, step: 2)))
  }

  @Test func stringsGrowInPlaceWhenUnique() {
    var text = heap.string("")
    let start = heap.liveBytes
    for _ in 0..<100_000 {
      let piece = heap.string("xyz")
      heap.append(StringRef(piece).utf8, toString: &text)
      heap.release(piece)
    }
    #expect(StringRef(text).byteCount == 300_000)
    let other = heap.retained(text)
    let mark = heap.string("!")
    heap.append(StringRef(mark).utf8, toString: &text)
    heap.release(mark)
    #expect(StringRef(other).byteCount == 300_000)
    heap.release(text)
    heap.release(other)
    #expect(heap.liveBytes <= start)
  }
}
