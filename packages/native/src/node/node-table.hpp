// The node table shared by all workers of a session: nodeid <-> identity, names and lookup counts.
// The twin of MemoryNodeTable (node-table.ts), where the contract is written; one contract test
// runs over both.

#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fuseloop::node {

constexpr uint64_t kRootNodeId = 1;

struct ForgottenNode {
  uint64_t nodeid;
  std::string identity;
};

/** A node with the newest of its names. */
struct UnusedCandidate {
  uint64_t nodeid;
  uint64_t parent;
  std::string name;
};

class NodeTable {
 public:
  NodeTable();

  /** Raises the count of the node for an entry about to be given to the kernel. @throws SystemError
   * ESTALE for an unknown parent, ELOOP for a directory below itself */
  uint64_t remember(uint64_t parent, std::string_view name, std::string_view identity,
                    uint32_t type);
  /** The same for a node without a name (O_TMPFILE). */
  uint64_t rememberUnnamed(std::string_view identity, uint32_t type);
  /** One more name and one more reference for a node. @throws SystemError ESTALE */
  void addName(uint64_t nodeid, uint64_t parent, std::string_view name);
  /** One more reference. @throws SystemError ESTALE */
  void acquire(uint64_t nodeid);
  void forget(uint64_t nodeid, uint64_t count);
  std::optional<std::string> identity(uint64_t nodeid) const;
  std::optional<std::string> path(uint64_t nodeid) const;
  void rename(uint64_t parent, std::string_view name, uint64_t newParent, std::string_view newName);
  void exchange(uint64_t parent, std::string_view name, uint64_t newParent,
                std::string_view newName);
  void unlink(uint64_t parent, std::string_view name);
  /** Nodeid of the directory of the newest name; 0 without any. */
  uint64_t parent(uint64_t nodeid) const;
  /** 0 if unknown. */
  uint64_t child(uint64_t parent, std::string_view name) const;
  uint64_t withIdentity(std::string_view identity) const;
  std::optional<uint32_t> type(uint64_t nodeid) const;
  /** Rises whenever the node's path becomes another. */
  uint64_t epoch(uint64_t nodeid) const;
  /** This word is raised from now on whenever what identity(), path(), parent() or epoch() say of
   * some node becomes another; a new node changes nothing. It outlives the table's use. */
  void countChanges(std::atomic_ref<uint32_t> word);
  /** Named leaves, the longest not looked up first; they are then last. */
  std::vector<UnusedCandidate> unusedCandidates(size_t most);
  /** Regular files that the kernel refers to, those that were looked up last; not all are seen. */
  std::vector<uint64_t> referredFiles(size_t most) const;
  /** Without those that are kept unused. */
  size_t size() const;
  /** From now on the `most` named nodes that were forgotten last are kept. */
  void keepUnused(size_t most);
  size_t unusedCount() const;
  /** How often the kernel refers to a node; 0 for unknown ones. */
  uint64_t lookupCount(uint64_t nodeid) const;
  /** How often forget() was asked for more than was counted. */
  uint64_t underflows() const;

  /** From now on forgotten nodes are kept for takeForgotten(). */
  void keepForgotten();
  size_t forgottenCount() const;
  /** At most `most` of the nodes forgotten since the last call. */
  std::vector<ForgottenNode> takeForgotten(size_t most);

 private:
  struct Node;
  struct Alias {
    Node* parent;
    std::string name;
  };
  struct Node {
    uint64_t nodeid;
    std::string identity;
    uint32_t type;
    std::vector<Alias> aliases;
    std::unordered_map<std::string, Node*> children;
    uint64_t lookups = 0;
    /** What moves_ was when one of its names moved last. */
    uint64_t moved = 0;
    std::list<Node*>::iterator place;
    /** In unused_. */
    std::optional<std::list<Node*>::iterator> unusedPlace;
  };

  // All of these expect mutex_ to be held.
  Node* find(uint64_t nodeid) const;
  Node* byIdentity(std::string_view identity) const;
  Node& knownOrNew(Node* known, std::string_view identity, uint32_t type);
  Node& create(std::string_view identity, uint32_t type);
  void count(Node& node);
  void touch(Node& node);
  void move(Node& node);
  void changed();
  void renameLocked(uint64_t parentId, std::string_view name, uint64_t newParentId,
                    std::string_view newName);
  void attach(Node& parent, const std::string& name, Node& node);
  void detach(Node& parent, const std::string& name);
  static bool isWithin(const Node& node, const Node& ancestor);
  void markUsed(Node& node);
  void removeIfUnused(Node& node);
  void trimUnused();
  void remove(Node& node);

  /** Guards everything below; a leaf lock: nothing is called while it is held. */
  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, std::unique_ptr<Node>> nodes_;
  std::unordered_map<std::string, Node*> byIdentity_;
  /** In the order of the last lookup, the longest ago first. */
  std::list<Node*> order_;
  /** Forgotten by the kernel and kept, the longest ago first. */
  std::list<Node*> unused_;
  size_t mostUnused_ = 0;
  uint64_t next_ = kRootNodeId;
  uint64_t moves_ = 0;
  std::optional<std::atomic_ref<uint32_t>> changes_;
  uint64_t underflows_ = 0;
  bool keepForgotten_ = false;
  std::vector<ForgottenNode> forgotten_;
};

}  // namespace fuseloop::node
