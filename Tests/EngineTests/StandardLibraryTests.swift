// The standard library is compiled in whole and unchanged.
import CStdlib
import Testing
import Trellis

@Suite struct StandardLibraryTests {
  @Test func everyModuleIsCompiledIn() {
    let files = TestFiles.names(in: TestFiles.root + "/stdlib").filter { $0.hasSuffix(".trl") }
    #expect(files.map { String($0.dropLast(4)) }.sorted() == ModuleStore.standardNames.sorted())
  }

  @Test(arguments: ModuleStore.standardNames) func textIsThatOfTheFile(_ name: String) throws {
    let compiled = try ModuleStore(standardDirectory: nil).standard(name, at: nil)
    #expect(compiled.bytes == TestFiles.readBytes(TestFiles.root + "/stdlib/\(name).trl"))
    #expect(compiled.name == "stdlib/\(name).trl")
  }
}
