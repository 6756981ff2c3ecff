// Small files for tests. Foundation is kept out: the tests link the same libraries as the program.
import Glibc

enum TestFiles {
  /// The repository's root: two folders up from this one.
  static var root: String { folder(of: folder(of: folder(of: #filePath))) }

  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }

  static func temporaryFolder() -> String {
    var template = Array("/tmp/trellis-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { return "/tmp" }
    return String(cString: made)
  }

  /// Removes a temporary folder that holds only files.
  static func remove(_ folder: String) {
    guard folder.hasPrefix("/tmp/trellis-test-") else { return }
    for name in names(in: folder) { unlink("\(folder)/\(name)") }
    rmdir(folder)
  }

  /// What is in a folder, in no order.
  static func names(in folder: String) -> [String] {
    guard let entries = opendir(folder) else { return [] }
    defer { closedir(entries) }
    var names: [String] = []
    while let entry = readdir(entries) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  static func write(_ text: String, to path: String) {
    guard let file = fopen(path, "w") else { return }
    let bytes = Array(text.utf8)
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
  }

  static func read(_ path: String) -> String { String(decoding: readBytes(path), as: UTF8.self) }

  static func readBytes(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
