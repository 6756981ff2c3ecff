// Variants: a function with a loop is compiled again for the kinds of the numbers that it is first called with, when these
// are known to be integers, floats or booleans. `enter`, the first instruction, compares the kinds of the arguments with
// those of the variant and goes on there when they agree. There is one variant a function; other arguments run the
// generic code.

extension Machine {
  /// Two bits a parameter: integer 1, float 2, boolean 3, anything else 0.
  @inline(__always) func kindSignature(_ base: UnsafeMutablePointer<Value>, _ count: Int) -> UInt64 {
    var signature: UInt64 = 0
    var index = 0
    while index < count {
      let kind: UInt64 =
        switch base[index].tag {
        case .int: 1
        case .float: 2
        case .bool: 3
        default: 0
        }
      signature = signature << 2 | kind
      index &+= 1
    }
    return signature == 0 ? 1 << 63 : signature
  }

  /// Compiles the variant for the arguments at hand; false when none of them is a number.
  @inline(never) func makeVariant(
    _ record: UnsafeMutablePointer<CodeRecord>, _ base: UnsafeMutablePointer<Value>
  ) -> Bool {
    let code = codes[record.pointee.id]
    let signature = kindSignature(base, code.parameters.count)
    let prototype = code.prototype
    // The first call decides.
    code.prototype = nil
    record.pointee.variantSignature = .max
    guard let prototype, signature != 1 << 63 else { return false }
    let kinds = code.parameters.indices.map { index -> RegisterKind in
      switch base[index].tag {
      case .int: .int
      case .float: .float
      case .bool: .bool
      default: .any
      }
    }
    let variant = newCode(name: code.name, span: code.span)
    code.names?.codes.append(variant.id)
    guard code.fill(variant: variant, prototype, kinds) else { return false }
    variant.seal(heap)
    record.pointee.variant = variant.record
    record.pointee.variantSignature = signature
    return true
  }
}
