// What scripts may reach: nothing by default, and below given folders only what really lies there.
import Glibc
import Testing
import Trellis

func usleepMilliseconds(_ count: Int) { usleep(UInt32(count) * 1000) }

@Suite struct PermissionTests {
  @Test func nothingByDefault() {
    let engine = Engine()
    for text in ["read_text(\"Package.swift\")", "file_exists(\"/\")", "clock()", "cache_directory()"] {
      let error = #expect(throws: ScriptError.self) { try engine.run(text) }
      #expect(error?.kind == .accessDenied, "\(text)")
    }
  }

  @Test func foldersEndAtTheirEdges() throws {
    let folder = TestFiles.temporaryFolder()
    let outside = TestFiles.temporaryFolder()
    defer {
      unlink("\(folder)/way_out")
      unlink("\(folder)/nowhere")
      TestFiles.remove(folder)
      TestFiles.remove(outside)
    }
    TestFiles.write("inside", to: "\(folder)/a.txt")
    TestFiles.write("outside", to: "\(outside)/b.txt")
    symlink(outside, "\(folder)/way_out")
    symlink("\(outside)/not/there", "\(folder)/nowhere")
    mkfifo("\(folder)/pipe", 0o600)
    var configuration = Engine.Configuration()
    configuration.permissions.files = .folders([.init(folder)])
    let engine = Engine(configuration)
    #expect(try engine.run("read_text(\"\(folder)/a.txt\")") == "inside")
    #expect(try engine.run("read_text(\"\(folder)/../\(folder.split(separator: "/").last ?? "")/a.txt\")") == "inside")
    func kind(_ path: String) -> ScriptProblem.Kind? {
      #expect(throws: ScriptError.self) { try engine.run("read_text(\"\(path)\")") }?.kind
    }
    #expect(kind("\(outside)/b.txt") == .accessDenied)
    #expect(kind("\(folder)/way_out/b.txt") == .accessDenied)
    #expect(kind("\(folder)/../../etc/passwd") == .accessDenied)
    #expect(kind("\(folder)/nowhere") == .accessDenied)
    #expect(kind("\(folder)/no/../../x") == .accessDenied)
    #expect(kind("\(folder)x/a.txt") == .accessDenied)
    #expect(kind("\(folder)/missing.txt") == .fileProblem)
    #expect(kind("\(folder)/pipe") == .fileProblem, "a pipe could keep the engine waiting for ever")
  }
}
