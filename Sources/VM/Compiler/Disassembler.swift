// Bytecode as text, from the opcode table: one line an instruction, operands filled into the table's meaning.

extension Code {
  /// `  3  addIntI     R[2] = R[0] + -1        ; line 2`
  package func disassembly() -> String {
    var text = "\(signature.isEmpty ? name : signature): \(registerCount) registers\n"
    var line = 0
    for (pc, instruction) in instructions.enumerated() {
      let at = span.source.location(span(at: pc).start).line
      let number = String(repeating: " ", count: max(0, 4 - String(pc).count)) + String(pc)
      let name = "\(instruction.op)".padded(to: 22)
      text += "\(number)  \(name)\(meaning(instruction, pc))"
      if at != line {
        text += "    ; line \(at)"
        line = at
      }
      text += "\n"
    }
    return text
  }

  /// The table's meaning with this instruction's operands.
  func meaning(_ instruction: Instruction, _ pc: Int) -> String {
    let info = instruction.op.info
    let letters = Array(info.operands)
    func shown(_ letter: Character, _ value: Int, _ signed: Int) -> String {
      switch letter {
      case "k", "X": value < constants.count ? shownConstant(value) : "\(value)"
      case "i", "I": "\(signed)"
      case "j", "J": "\(pc + 1 + signed)"
      case "f": value < fieldNames.count ? fieldNames[value] : "?"
      default: "\(value)"
      }
    }
    let far = letters[1] == "J" || letters[1] == "X" || letters[1] == "I"
    let isConstant = instruction.op == .constant || instruction.op == .parameter
    var result = ""
    var rest = Substring(info.meaning)
    // Operand names are single letters standing alone: `a`, `b`, `c`, `bc`, `f`.
    while let character = rest.first {
      let word = rest.prefix { $0.isLetter }
      if word.isEmpty {
        result.append(character)
        rest = rest.dropFirst()
        continue
      }
      switch word {
      case "a": result += "\(instruction.a)"
      case "b": result += shown(letters[1], instruction.b, instruction.signedB)
      case "d" where letters.count > 3: result += "\(instruction.d)"
      case "c": result += shown(letters[2], instruction.c, instruction.signedC)
      case "bc" where far:
        result +=
          isConstant
          ? shown("k", instruction.bc, 0) : shown(letters[1] == "X" ? "n" : letters[1], instruction.bc, instruction.bc)
      case "f" where letters.last == "f": result += shown("f", instruction.c, 0)
      case "K": break
      default: result += word
      }
      rest = rest.dropFirst(word.count)
    }
    if letters.count > 3 { return result }
    var kills = ""
    if instruction.flags & Flag.killA != 0 { kills += " \(instruction.a)" }
    if instruction.flags & Flag.killB != 0 { kills += " \(instruction.b)" }
    if instruction.flags & Flag.killC != 0 { kills += " \(instruction.c)" }
    return kills.isEmpty ? result : result + "  (last use:\(kills))"
  }

  private func shownConstant(_ index: Int) -> String {
    let value = constants[index]
    switch value.tag {
    case .int: return "\(value.int)"
    case .float: return "\(value.float)"
    case .string: return "\"\(StringRef(value).string)\""
    default: return "K\(index)"
    }
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    count >= width ? self + " " : self + String(repeating: " ", count: width - count)
  }
}
