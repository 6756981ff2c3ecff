// What builtins keep between calls, one for each machine: compiled patterns, and the temporary directories, which are
// removed with everything in them when the machine goes.
import VM

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

final class LibraryMemory {
  /// A script that makes patterns as it goes shall not fill the memory with them.
  static let patternCapacity = 100

  /// By their text.
  var patterns: [String: Pattern] = [:]
  var temporaryDirectories: [String] = []

  deinit { for directory in temporaryDirectories { LibraryMemory.removeTree(directory) } }

  /// Removes a directory and what is in it. Links are removed and not followed. What can't be removed stays.
  private static func removeTree(_ root: String) {
    var directories: [String] = []
    var pending = [root]
    while let directory = pending.popLast() {
      directories.append(directory)
      for name in namesInDirectory(directory) ?? [] {
        let path = directory + "/" + name
        var status = stat()
        if lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR {
          pending.append(path)
        } else {
          unlink(path)
        }
      }
    }
    for directory in directories.reversed() { rmdir(directory) }
  }
}

extension Call {
  var memory: LibraryMemory {
    if let known = machine.libraryMemory as? LibraryMemory { return known }
    let made = LibraryMemory()
    machine.libraryMemory = made
    return made
  }
}
