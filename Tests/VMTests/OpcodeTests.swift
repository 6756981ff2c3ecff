// The opcode table is complete, in order, and readable by the disassembler.
import Testing
import VM

@Suite struct OpcodeTests {
  @Test func tableFollowsTheCases() {
    #expect(Opcode.table.map(\.op) == Opcode.allCases)
    for entry in Opcode.table {
      #expect(entry.operands.utf8.count >= 2 && entry.operands.utf8.allSatisfy { "wruinkfjJXI-".utf8.contains($0) })
      #expect("ifbumn-".contains(entry.result))
      #expect(entry.op == .nop || !entry.meaning.isEmpty)
    }
  }

  @Test func instructionsHoldTheirOperands() {
    let instruction = Instruction(.addI, 65_535, 7, -3, flags: 5)
    #expect(instruction.op == .addI && instruction.flags == 5)
    #expect(instruction.a == 65_535 && instruction.b == 7 && instruction.signedC == -3)
    #expect(Instruction(.jump, bc: -100_000).bc == -100_000)
  }

  @Test func disassemblyReadsLikeTheTable() throws {
    let script = Script()
    _ = try script.compile("fn f(n) = n + 1")
    let text = script.machine.codes.first { $0.name == "f" }?.disassembly() ?? ""
    #expect(text.contains("f(n): 2 registers"))
    #expect(text.contains("addI"))
    #expect(text.contains("R[1] = R[0] + 1"))
    #expect(text.contains("line 1"))
  }
}
