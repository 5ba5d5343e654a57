// Message text and errno names of SystemError.
// The names are a table of our own: strerrorname_np(3) is missing from musl and older glibc.
#include "base/system-error.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <system_error>
#include <utility>

namespace fuseloop::base {

namespace {

using NamedErrno = std::pair<int, std::string_view>;

// Of aliases the name that Node.js reports: EAGAIN, EDEADLK, ENOTSUP. clang-format would put one
// pair on a line.
// clang-format off
constexpr auto kErrnoNames = std::to_array<NamedErrno>({
    {EPERM, "EPERM"}, {ENOENT, "ENOENT"}, {ESRCH, "ESRCH"}, {EINTR, "EINTR"}, {EIO, "EIO"},
    {ENXIO, "ENXIO"}, {E2BIG, "E2BIG"}, {ENOEXEC, "ENOEXEC"}, {EBADF, "EBADF"}, {ECHILD, "ECHILD"},
    {EAGAIN, "EAGAIN"}, {ENOMEM, "ENOMEM"}, {EACCES, "EACCES"}, {EFAULT, "EFAULT"},
    {ENOTBLK, "ENOTBLK"}, {EBUSY, "EBUSY"}, {EEXIST, "EEXIST"}, {EXDEV, "EXDEV"},
    {ENODEV, "ENODEV"}, {ENOTDIR, "ENOTDIR"}, {EISDIR, "EISDIR"}, {EINVAL, "EINVAL"},
    {ENFILE, "ENFILE"}, {EMFILE, "EMFILE"}, {ENOTTY, "ENOTTY"}, {ETXTBSY, "ETXTBSY"},
    {EFBIG, "EFBIG"}, {ENOSPC, "ENOSPC"}, {ESPIPE, "ESPIPE"}, {EROFS, "EROFS"}, {EMLINK, "EMLINK"},
    {EPIPE, "EPIPE"}, {EDOM, "EDOM"}, {ERANGE, "ERANGE"}, {EDEADLK, "EDEADLK"},
    {ENAMETOOLONG, "ENAMETOOLONG"}, {ENOLCK, "ENOLCK"}, {ENOSYS, "ENOSYS"},
    {ENOTEMPTY, "ENOTEMPTY"}, {ELOOP, "ELOOP"}, {ENOMSG, "ENOMSG"}, {EIDRM, "EIDRM"},
    {ECHRNG, "ECHRNG"}, {EL2NSYNC, "EL2NSYNC"}, {EL3HLT, "EL3HLT"}, {EL3RST, "EL3RST"},
    {ELNRNG, "ELNRNG"}, {EUNATCH, "EUNATCH"}, {ENOCSI, "ENOCSI"}, {EL2HLT, "EL2HLT"},
    {EBADE, "EBADE"}, {EBADR, "EBADR"}, {EXFULL, "EXFULL"}, {ENOANO, "ENOANO"},
    {EBADRQC, "EBADRQC"}, {EBADSLT, "EBADSLT"}, {EBFONT, "EBFONT"}, {ENOSTR, "ENOSTR"},
    {ENODATA, "ENODATA"}, {ETIME, "ETIME"}, {ENOSR, "ENOSR"}, {ENONET, "ENONET"},
    {ENOPKG, "ENOPKG"}, {EREMOTE, "EREMOTE"}, {ENOLINK, "ENOLINK"}, {EADV, "EADV"},
    {ESRMNT, "ESRMNT"}, {ECOMM, "ECOMM"}, {EPROTO, "EPROTO"}, {EMULTIHOP, "EMULTIHOP"},
    {EDOTDOT, "EDOTDOT"}, {EBADMSG, "EBADMSG"}, {EOVERFLOW, "EOVERFLOW"}, {ENOTUNIQ, "ENOTUNIQ"},
    {EBADFD, "EBADFD"}, {EREMCHG, "EREMCHG"}, {ELIBACC, "ELIBACC"}, {ELIBBAD, "ELIBBAD"},
    {ELIBSCN, "ELIBSCN"}, {ELIBMAX, "ELIBMAX"}, {ELIBEXEC, "ELIBEXEC"}, {EILSEQ, "EILSEQ"},
    {ERESTART, "ERESTART"}, {ESTRPIPE, "ESTRPIPE"}, {EUSERS, "EUSERS"}, {ENOTSOCK, "ENOTSOCK"},
    {EDESTADDRREQ, "EDESTADDRREQ"}, {EMSGSIZE, "EMSGSIZE"}, {EPROTOTYPE, "EPROTOTYPE"},
    {ENOPROTOOPT, "ENOPROTOOPT"}, {EPROTONOSUPPORT, "EPROTONOSUPPORT"},
    {ESOCKTNOSUPPORT, "ESOCKTNOSUPPORT"}, {ENOTSUP, "ENOTSUP"}, {EPFNOSUPPORT, "EPFNOSUPPORT"},
    {EAFNOSUPPORT, "EAFNOSUPPORT"}, {EADDRINUSE, "EADDRINUSE"}, {EADDRNOTAVAIL, "EADDRNOTAVAIL"},
    {ENETDOWN, "ENETDOWN"}, {ENETUNREACH, "ENETUNREACH"}, {ENETRESET, "ENETRESET"},
    {ECONNABORTED, "ECONNABORTED"}, {ECONNRESET, "ECONNRESET"}, {ENOBUFS, "ENOBUFS"},
    {EISCONN, "EISCONN"}, {ENOTCONN, "ENOTCONN"}, {ESHUTDOWN, "ESHUTDOWN"},
    {ETOOMANYREFS, "ETOOMANYREFS"}, {ETIMEDOUT, "ETIMEDOUT"}, {ECONNREFUSED, "ECONNREFUSED"},
    {EHOSTDOWN, "EHOSTDOWN"}, {EHOSTUNREACH, "EHOSTUNREACH"}, {EALREADY, "EALREADY"},
    {EINPROGRESS, "EINPROGRESS"}, {ESTALE, "ESTALE"}, {EUCLEAN, "EUCLEAN"}, {ENOTNAM, "ENOTNAM"},
    {ENAVAIL, "ENAVAIL"}, {EISNAM, "EISNAM"}, {EREMOTEIO, "EREMOTEIO"}, {EDQUOT, "EDQUOT"},
    {ENOMEDIUM, "ENOMEDIUM"}, {EMEDIUMTYPE, "EMEDIUMTYPE"}, {ECANCELED, "ECANCELED"},
    {ENOKEY, "ENOKEY"}, {EKEYEXPIRED, "EKEYEXPIRED"}, {EKEYREVOKED, "EKEYREVOKED"},
    {EKEYREJECTED, "EKEYREJECTED"}, {EOWNERDEAD, "EOWNERDEAD"},
    {ENOTRECOVERABLE, "ENOTRECOVERABLE"}, {ERFKILL, "ERFKILL"}, {EHWPOISON, "EHWPOISON"},
});
// clang-format on

std::string formatMessage(int errnum, std::string_view syscall, std::string_view path,
                          std::string_view detail) {
  std::string text = errnoName(errnum) + ": " + errnoText(errnum);
  text.append(", ").append(syscall);
  if (!path.empty()) text.append(" '").append(path).append("'");
  if (!detail.empty()) text.append(": ").append(detail);
  return text;
}

}  // namespace

SystemError::SystemError(int errnumValue, std::string_view syscallName, std::string_view pathName,
                         std::string_view detail)
    : std::runtime_error(formatMessage(errnumValue, syscallName, pathName, detail)),
      errnum(errnumValue),
      syscall(syscallName),
      path(pathName) {}

void throwErrno(std::string_view syscall, std::string_view path) {
  throw SystemError(errno, syscall, path);
}

std::string errnoName(int errnum) {
  const auto* found =
      std::find_if(kErrnoNames.begin(), kErrnoNames.end(),
                   [errnum](const NamedErrno& item) { return item.first == errnum; });
  if (found != kErrnoNames.end()) return std::string(found->second);
  return "E" + std::to_string(errnum);
}

std::string errnoText(int errnum) {
  // generic_category().message() is thread safe, strerror(3) need not be.
  std::string text = std::generic_category().message(errnum);
  const auto isUpper = [&text](std::size_t at) {
    return at < text.size() && std::isupper(static_cast<unsigned char>(text[at])) != 0;
  };
  // Leaves words that are capitals as a whole ("RPC struct is bad") alone.
  if (isUpper(0) && !isUpper(1) && text.compare(0, 2, "I/") != 0) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

}  // namespace fuseloop::base
