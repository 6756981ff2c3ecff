// Whole files as bytes, with problems that name the path and what the system said.
import Diagnostics
import Glibc

package enum Files {
  /// The content of the file at `path`, `-` being standard input. Throws `file-problem`.
  package static func read(_ path: String, at span: Span? = nil) throws -> [UInt8] {
    func problem(_ code: Int32) -> Diagnostic {
      Diagnostic(.fileProblem(path: path, detail: String(cString: strerror(code))), at: span)
    }
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw problem(errno) }
    defer { if path != "-" { close(descriptor) } }
    var bytes: [UInt8] = []
    let chunk = 1 << 16
    while true {
      let before = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: chunk))
      let count = bytes.withUnsafeMutableBytes { all in
        Glibc.read(descriptor, all.baseAddress.map { $0 + before }, chunk)
      }
      let code = errno
      bytes.removeLast(chunk - max(0, count))
      if count == 0 { return bytes }
      if count < 0 && code != EINTR { throw problem(code) }
    }
  }

  /// Everything in front of the last `/`; empty for a bare name.
  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The path without links and dots, by which a module is known; the path itself if there is no such file.
  package static func canonical(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// What is in a folder, in no order; nothing for what is no folder.
  package static func names(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// Files below `path` whose names end in one of `endings`, in alphabetical order; `path` itself if it is a file.
  /// Hidden folders and files are left out.
  package static func below(_ path: String, endings: [String]) -> [String] {
    guard isFolder(path) else { return [path] }
    return names(in: path).filter { !$0.hasPrefix(".") }.sorted().flatMap { name -> [String] in
      let inner = path == "." ? name : path.hasSuffix("/") ? path + name : "\(path)/\(name)"
      if isFolder(inner) { return below(inner, endings: endings) }
      return endings.contains { name.hasSuffix($0) } ? [inner] : []
    }
  }
}
