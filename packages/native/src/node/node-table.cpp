#include "node/node-table.hpp"

#include <algorithm>
#include <cerrno>

#include "base/system-error.hpp"

namespace fuseloop::node {

namespace {
constexpr uint32_t kDirectory = 0040000;
constexpr uint32_t kRegular = 0100000;
/** Of all nodes, while the table is locked. */
constexpr size_t kMostSeen = 4096;
}  // namespace

NodeTable::NodeTable() { create("", kDirectory).lookups = 1; }

uint64_t NodeTable::remember(uint64_t parentId, std::string_view nameView,
                             std::string_view identity, uint32_t type) {
  std::lock_guard lock(mutex_);
  Node* parent = find(parentId);
  if (parent == nullptr) throw base::SystemError(ESTALE, "lookup", nameView, "unknown parent");
  std::string name(nameView);
  auto child = parent->children.find(name);
  Node* atName = child == parent->children.end() ? nullptr : child->second;
  Node& node = knownOrNew(identity.empty() ? atName : byIdentity(identity), identity, type);
  // A directory is found below itself where one of its ancestors is mounted in it (bind mounts).
  // The kernel refuses it too: fs/dcache.c d_splice_alias().
  if (&node != atName && type == kDirectory && isWithin(*parent, node)) {
    throw base::SystemError(ELOOP, "lookup", nameView);
  }
  // Counted first: attach() may otherwise find it unused while it takes another node from the name.
  count(node);
  if (&node != atName) attach(*parent, name, node);
  return node.nodeid;
}

void NodeTable::forget(uint64_t nodeid, uint64_t count) {
  std::lock_guard lock(mutex_);
  Node* node = find(nodeid);
  if (node == nullptr || nodeid == kRootNodeId) return;
  if (count > node->lookups) ++underflows_;
  node->lookups -= std::min(count, node->lookups);
  removeIfUnused(*node);
  trimUnused();
}

uint64_t NodeTable::lookupCount(uint64_t nodeid) const {
  std::lock_guard lock(mutex_);
  Node* node = find(nodeid);
  return node == nullptr ? 0 : node->lookups;
}

uint64_t NodeTable::underflows() const {
  std::lock_guard lock(mutex_);
  return underflows_;
}

std::optional<std::string> NodeTable::identity(uint64_t nodeid) const {
  std::lock_guard lock(mutex_);
  Node* node = find(nodeid);
  if (node == nullptr) return std::nullopt;
  return node->identity;
}

std::optional<std::string> NodeTable::path(uint64_t nodeid) const {
  std::lock_guard lock(mutex_);
  std::vector<const std::string*> names;
  size_t length = 0;
  const Node* node = find(nodeid);
  while (node != nullptr && node->nodeid != kRootNodeId) {
    if (node->aliases.empty()) return std::nullopt;
    const Alias& alias = node->aliases.back();
    names.push_back(&alias.name);
    length += alias.name.size() + 1;
    node = alias.parent;
  }
  if (node == nullptr) return std::nullopt;
  std::string path;
  path.reserve(length);
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    if (!path.empty()) path += '/';
    path += **name;
  }
  return path;
}

std::vector<uint64_t> NodeTable::referredFiles(size_t most) const {
  std::vector<uint64_t> files;
  std::lock_guard lock(mutex_);
  size_t seen = 0;
  for (auto node = order_.rbegin(); node != order_.rend() && seen < kMostSeen; ++node, ++seen) {
    if (files.size() == most) break;
    if ((*node)->type == kRegular && (*node)->lookups > 0) files.push_back((*node)->nodeid);
  }
  return files;
}

size_t NodeTable::size() const {
  std::lock_guard lock(mutex_);
  return nodes_.size() - unused_.size();
}

void NodeTable::keepUnused(size_t most) {
  std::lock_guard lock(mutex_);
  mostUnused_ = most;
  trimUnused();
}

size_t NodeTable::unusedCount() const {
  std::lock_guard lock(mutex_);
  return unused_.size();
}

void NodeTable::keepForgotten() {
  std::lock_guard lock(mutex_);
  keepForgotten_ = true;
}

size_t NodeTable::forgottenCount() const {
  std::lock_guard lock(mutex_);
  return forgotten_.size();
}

std::vector<ForgottenNode> NodeTable::takeForgotten(size_t most) {
  std::lock_guard lock(mutex_);
  // From the end: thousands may wait, and none of them moves.
  auto first = forgotten_.end() - static_cast<std::ptrdiff_t>(std::min(most, forgotten_.size()));
  std::vector<ForgottenNode> taken(std::make_move_iterator(first),
                                   std::make_move_iterator(forgotten_.end()));
  forgotten_.erase(first, forgotten_.end());
  return taken;
}

NodeTable::Node* NodeTable::find(uint64_t nodeid) const {
  auto found = nodes_.find(nodeid);
  return found == nodes_.end() ? nullptr : found->second.get();
}

NodeTable::Node* NodeTable::byIdentity(std::string_view identity) const {
  auto known = byIdentity_.find(std::string(identity));
  return known == byIdentity_.end() ? nullptr : known->second;
}

NodeTable::Node& NodeTable::knownOrNew(Node* known, std::string_view identity, uint32_t type) {
  bool isSame = known != nullptr && known->type == type && known->identity == identity;
  return isSame ? *known : create(identity, type);
}

NodeTable::Node& NodeTable::create(std::string_view identity, uint32_t type) {
  auto owned = std::make_unique<Node>();
  Node& node = *owned;
  node.nodeid = next_++;
  node.identity = identity;
  node.type = type;
  node.place = order_.insert(order_.end(), &node);
  nodes_.emplace(node.nodeid, std::move(owned));
  if (!identity.empty()) byIdentity_[node.identity] = &node;
  return node;
}

void NodeTable::count(Node& node) {
  node.lookups += 1;
  markUsed(node);
  touch(node);
}

/** Puts it last in the order of lookups. */
void NodeTable::touch(Node& node) { order_.splice(order_.end(), order_, node.place); }

void NodeTable::move(Node& node) {
  node.moved = ++moves_;
  changed();
}

/** Under the lock: who has seen it risen, and asks, waits for what has changed. */
void NodeTable::changed() {
  if (changes_) changes_->fetch_add(1, std::memory_order_release);
}

void NodeTable::countChanges(std::atomic_ref<uint32_t> word) {
  std::lock_guard lock(mutex_);
  changes_.emplace(word);
}

void NodeTable::attach(Node& parent, const std::string& name, Node& node) {
  // The parent must outlive the detaching of what stood at the name.
  parent.lookups += 1;
  detach(parent, name);
  // A directory has one name only: found at another, it was moved behind our back.
  bool hadName = !node.aliases.empty();
  if (node.type == kDirectory && hadName) {
    const Alias old = node.aliases.back();
    detach(*old.parent, old.name);
  }
  parent.lookups -= 1;
  if (hadName) {
    move(node);
  } else if (node.lookups > 1 || !node.children.empty()) {
    // Of a new node there is nothing to be known yet.
    changed();
  }
  markUsed(parent);
  parent.children[name] = &node;
  node.aliases.push_back({&parent, name});
}

void NodeTable::detach(Node& parent, const std::string& name) {
  auto child = parent.children.find(name);
  if (child == parent.children.end()) return;
  Node* node = child->second;
  uint64_t parentId = parent.nodeid;
  parent.children.erase(child);
  std::erase_if(node->aliases,
                [&](const Alias& alias) { return alias.parent == &parent && alias.name == name; });
  if (node->aliases.empty()) {
    changed();
  } else {
    move(*node);
  }
  removeIfUnused(*node);
  // By number: removing the node may have taken the parent along.
  if (Node* left = find(parentId)) removeIfUnused(*left);
}

/** Whether `node` is `ancestor` or stands below it. */
bool NodeTable::isWithin(const Node& node, const Node& ancestor) {
  const Node* current = &node;
  while (current != &ancestor && !current->aliases.empty())
    current = current->aliases.back().parent;
  return current == &ancestor;
}

void NodeTable::markUsed(Node& node) {
  if (node.unusedPlace) unused_.erase(*node.unusedPlace);
  node.unusedPlace.reset();
}

void NodeTable::removeIfUnused(Node& node) {
  // A forgotten directory is kept while a child's path leads through it.
  if (node.nodeid == kRootNodeId || node.lookups > 0 || !node.children.empty()) return;
  // What has lost its name was deleted.
  if (mostUnused_ == 0 || node.aliases.empty()) return remove(node);
  if (!node.unusedPlace) node.unusedPlace = unused_.insert(unused_.end(), &node);
}

/** Apart from removeIfUnused(), whose callers go on with nodes that are in use for a moment. */
void NodeTable::trimUnused() {
  while (unused_.size() > mostUnused_) remove(*unused_.front());
}

void NodeTable::remove(Node& node) {
  changed();
  if (keepForgotten_) forgotten_.push_back({node.nodeid, node.identity});
  auto known = byIdentity_.find(node.identity);
  if (known != byIdentity_.end() && known->second == &node) byIdentity_.erase(known);
  std::vector<uint64_t> parents;
  for (const Alias& alias : node.aliases) {
    alias.parent->children.erase(alias.name);
    parents.push_back(alias.parent->nodeid);
  }
  markUsed(node);
  order_.erase(node.place);
  nodes_.erase(node.nodeid);
  for (uint64_t parentId : parents) {
    if (Node* parent = find(parentId)) removeIfUnused(*parent);
  }
}

}  // namespace fuseloop::node
