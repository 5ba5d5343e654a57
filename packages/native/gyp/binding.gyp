# Read by build.mjs through node-gyp. It stands in a folder of its own because npm compiles by
# itself any package that has a binding.gyp in its root. Commands run in this folder; the flags
# that name node's and node-addon-api's headers use -isystem, so that our warnings are about us.
# The compiler runs in build/; a relative path keeps spaces in the checkout's own out of the flags.
# -Wno-restrict: g++ 12 sees overlaps in std::string that are not there (GCC bug 105651).
{
  "target_defaults": {
    "include_dirs": ["../src"],
    "cflags!": ["-fno-exceptions", "-Wno-unused-parameter"],
    "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
    "cflags_cc": [
      "-std=c++20",
      "-Wall",
      "-Wextra",
      "-Wconversion",
      "-Wshadow",
      "-Werror",
      "-Wno-restrict",
      "-Wno-unknown-warning-option",
      "-fexceptions",
      "-fvisibility=hidden"
    ]
  },
  "targets": [
    {
      "target_name": "fuseloop_native",
      "sources": [
        "<!@(find ../src -name '*.cpp' -not -path '../src/helper/*' -not -path '../src/watcher/*' | LC_ALL=C sort)"
      ],
      "defines": [
        "NAPI_VERSION=9",
        "NODE_ADDON_API_CPP_EXCEPTIONS",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"
      ],
      "cflags_cc": [
        "-isystem <!(node -p \"path.relative('build', path.dirname(require.resolve('node-addon-api')))\")",
        "-isystem <(node_root_dir)/include/node"
      ],
      "ldflags": ["-pthread"]
    },
    {
      # The mount helper. The C++ runtime goes into it, so that it needs the C library alone. Objects of sources that the
      # addon has too lie at the addon's place (the .. of their path): made after it, and fit for both.
      "target_name": "fuseloop-fusermount",
      "type": "executable",
      "dependencies": ["fuseloop_native"],
      "sources": [
        "<!@(find ../src/helper -name '*.cpp' | LC_ALL=C sort)",
        "../src/mount/mount-table.cpp",
        "../src/base/system-error.cpp"
      ],
      "defines": ["FUSELOOP_VERSION=\"<!(node -p \"require('../package.json').version\")\""],
      "cflags_cc": ["-fPIC", "-fstack-protector-strong"],
      "ldflags": ["-pie", "-Wl,-z,relro,-z,now", "-static-libstdc++", "-static-libgcc", "-s"]
    },
    {
      # Stays beside each daemon with auto_unmount, so it is to be small in memory.
      "target_name": "fuseloop-mount-watcher",
      "type": "executable",
      # As above: two compilers that write one object at a time leave half of it to who links it.
      "dependencies": ["fuseloop-fusermount"],
      "sources": [
        "<!@(find ../src/watcher ../src/mount ../src/base -name '*.cpp' | LC_ALL=C sort)"
      ],
      "cflags_cc": ["-fPIC"],
      "ldflags": ["-static-libstdc++", "-static-libgcc", "-s"]
    }
  ]
}
