// Records: keys and values in the order in which they were put in. Parameter trees of models are records of records.

/// A record of a script: an ordered dictionary whose keys are strings most of the time.
///
/// ```swift
/// var record: ScriptRecord = ["w": .tensor(weights), "b": .tensor(bias)]
/// record["steps"] = 100
/// for (key, value) in record { print(key, value.kindDescription) }
/// ```
public struct ScriptRecord: Sendable, Equatable {
  public struct Entry: Sendable, Equatable {
    /// A string for a field; any value without tensors, functions and objects for an entry of a dictionary.
    public let key: ScriptValue
    public var value: ScriptValue
  }
  /// In the order in which they were put in; no key stands there twice.
  public private(set) var entries: [Entry] = []
  /// Where string keys are.
  private var places: [String: Int] = [:]

  /// A record without entries.
  public init() {}

  /// Later entries replace earlier ones with the same key.
  public init(_ pairs: some Sequence<(ScriptValue, ScriptValue)>) { for (key, value) in pairs { set(key, value) } }

  public var count: Int { entries.count }
  /// The keys in order.
  public var keys: [ScriptValue] { entries.map(\.key) }
  /// The values in order.
  public var values: [ScriptValue] { entries.map(\.value) }

  /// The value of a string key; nil if there is none. Setting nil takes the entry out.
  public subscript(key: String) -> ScriptValue? {
    get { places[key].map { entries[$0].value } }
    set { self[.string(key)] = newValue }
  }

  /// The value of any key; nil if there is none. Linear in the number of entries unless the key is a string.
  public subscript(key: ScriptValue) -> ScriptValue? {
    get { place(of: key).map { entries[$0].value } }
    set {
      if let newValue {
        set(key, newValue)
      } else if let place = place(of: key) {
        entries.remove(at: place)
        places = [:]
        for (index, entry) in entries.enumerated() { if case .string(let text) = entry.key { places[text] = index } }
      }
    }
  }

  private func place(of key: ScriptValue) -> Int? {
    if case .string(let text) = key { return places[text] }
    return entries.firstIndex { $0.key == key }
  }

  private mutating func set(_ key: ScriptValue, _ value: ScriptValue) {
    if let place = place(of: key) {
      entries[place].value = value
    } else {
      if case .string(let text) = key { places[text] = entries.count }
      entries.append(Entry(key: key, value: value))
    }
  }

  public static func == (a: ScriptRecord, b: ScriptRecord) -> Bool { a.entries == b.entries }
}

extension ScriptRecord: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, ScriptValue)...) {
    self.init(elements.map { (ScriptValue.string($0.0), $0.1) })
  }
}

extension ScriptRecord: Sequence {
  /// Keys and values in order.
  public func makeIterator() -> IndexingIterator<[(key: ScriptValue, value: ScriptValue)]> {
    entries.map { (key: $0.key, value: $0.value) }.makeIterator()
  }
}
