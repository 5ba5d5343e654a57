// The node table's changes of names, and what is asked of a node's place. See node-table.ts.

#include <algorithm>
#include <cerrno>

#include "base/system-error.hpp"
#include "node/node-table.hpp"

namespace fuseloop::node {

uint64_t NodeTable::rememberUnnamed(std::string_view identity, uint32_t type) {
  std::lock_guard lock(mutex_);
  Node& node = knownOrNew(identity.empty() ? nullptr : byIdentity(identity), identity, type);
  count(node);
  return node.nodeid;
}

void NodeTable::addName(uint64_t nodeid, uint64_t parentId, std::string_view nameView) {
  std::lock_guard lock(mutex_);
  Node* node = find(nodeid);
  Node* parent = find(parentId);
  if (node == nullptr || parent == nullptr)
    throw base::SystemError(ESTALE, "link", nameView,
                            node == nullptr ? "unknown node" : "unknown parent");
  std::string name(nameView);
  auto child = parent->children.find(name);
  count(*node);
  if (child == parent->children.end() || child->second != node) attach(*parent, name, *node);
}

void NodeTable::acquire(uint64_t nodeid) {
  std::lock_guard lock(mutex_);
  Node* node = find(nodeid);
  if (node == nullptr) throw base::SystemError(ESTALE, "lookup", {}, "unknown node");
  count(*node);
}

void NodeTable::rename(uint64_t parentId, std::string_view name, uint64_t newParentId,
                       std::string_view newName) {
  std::lock_guard lock(mutex_);
  renameLocked(parentId, name, newParentId, newName);
}

void NodeTable::renameLocked(uint64_t parentId, std::string_view name, uint64_t newParentId,
                             std::string_view newName) {
  Node* parent = find(parentId);
  Node* newParent = find(newParentId);
  if (parent == nullptr || newParent == nullptr) return;
  if (parent == newParent && name == newName) return;
  std::string from(name);
  std::string to(newName);
  auto child = parent->children.find(from);
  if (child == parent->children.end()) {
    detach(*newParent, to);
    return;
  }
  Node* node = child->second;
  // Held over the moment without a name, which must not remove them or what their paths lead
  // through.
  for (Node* held : {node, parent, newParent}) held->lookups += 1;
  // The table may be behind what was moved elsewhere: rather no name than a path without an end.
  if (isWithin(*newParent, *node)) {
    detach(*newParent, to);
  } else {
    attach(*newParent, to, *node);
  }
  detach(*parent, from);
  for (Node* held : {node, parent, newParent}) held->lookups -= 1;
  removeIfUnused(*node);
  for (uint64_t held : {parentId, newParentId}) {
    if (Node* left = find(held)) removeIfUnused(*left);
  }
}

void NodeTable::exchange(uint64_t parentId, std::string_view name, uint64_t newParentId,
                         std::string_view newName) {
  std::lock_guard lock(mutex_);
  Node* parent = find(parentId);
  Node* newParent = find(newParentId);
  if (parent == nullptr || newParent == nullptr) return;
  std::string from(name);
  std::string to(newName);
  auto child = parent->children.find(from);
  auto otherChild = newParent->children.find(to);
  Node* node = child == parent->children.end() ? nullptr : child->second;
  Node* other = otherChild == newParent->children.end() ? nullptr : otherChild->second;
  if (node == other) return;
  if (other == nullptr) return renameLocked(parentId, name, newParentId, newName);
  if (node == nullptr) return renameLocked(newParentId, newName, parentId, name);
  // As in rename(), also when the table is behind.
  bool isLoop = isWithin(*newParent, *node) || isWithin(*parent, *other);
  for (Node* held : {node, other, parent, newParent}) held->lookups += 1;
  detach(*parent, from);
  detach(*newParent, to);
  if (!isLoop) {
    attach(*newParent, to, *node);
    attach(*parent, from, *other);
  }
  for (Node* moved : {node, other}) move(*moved);
  for (Node* held : {node, other, parent, newParent}) held->lookups -= 1;
  for (uint64_t held : {node->nodeid, other->nodeid, parentId, newParentId}) {
    if (Node* left = find(held)) removeIfUnused(*left);
  }
}

void NodeTable::unlink(uint64_t parentId, std::string_view name) {
  std::lock_guard lock(mutex_);
  if (Node* parent = find(parentId)) detach(*parent, std::string(name));
}

uint64_t NodeTable::parent(uint64_t nodeid) const {
  std::lock_guard lock(mutex_);
  if (nodeid == kRootNodeId) return kRootNodeId;
  const Node* node = find(nodeid);
  return node == nullptr || node->aliases.empty() ? 0 : node->aliases.back().parent->nodeid;
}

uint64_t NodeTable::child(uint64_t parentId, std::string_view name) const {
  std::lock_guard lock(mutex_);
  const Node* parent = find(parentId);
  if (parent == nullptr) return 0;
  auto child = parent->children.find(std::string(name));
  return child == parent->children.end() ? 0 : child->second->nodeid;
}

uint64_t NodeTable::withIdentity(std::string_view identity) const {
  std::lock_guard lock(mutex_);
  const Node* node = byIdentity(identity);
  return node == nullptr ? 0 : node->nodeid;
}

std::optional<uint32_t> NodeTable::type(uint64_t nodeid) const {
  std::lock_guard lock(mutex_);
  const Node* node = find(nodeid);
  if (node == nullptr) return std::nullopt;
  return node->type;
}

uint64_t NodeTable::epoch(uint64_t nodeid) const {
  std::lock_guard lock(mutex_);
  uint64_t newest = 0;
  const Node* node = find(nodeid);
  while (node != nullptr) {
    newest = std::max(newest, node->moved);
    node = node->aliases.empty() ? nullptr : node->aliases.back().parent;
  }
  return newest;
}

std::vector<UnusedCandidate> NodeTable::unusedCandidates(size_t most) {
  std::lock_guard lock(mutex_);
  std::vector<UnusedCandidate> found;
  std::vector<Node*> asked;
  for (Node* node : order_) {
    if (found.size() >= most) break;
    if (node->aliases.empty() || !node->children.empty() || node->unusedPlace) continue;
    const Alias& alias = node->aliases.back();
    found.push_back({node->nodeid, alias.parent->nodeid, alias.name});
    asked.push_back(node);
  }
  for (Node* node : asked) touch(*node);
  return found;
}

}  // namespace fuseloop::node
