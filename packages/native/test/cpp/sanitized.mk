# Objects of what needs neither Node.js nor a kernel, under a sanitizer: made once for all tests that link them.
# make -f test/cpp/sanitized.mk OUT=FOLDER FLAGS=...

SOURCES := $(wildcard $(foreach folder,device direct ring node base,src/$(folder)/*.cpp))
OBJECTS := $(SOURCES:src/%.cpp=$(OUT)/%.o)

all: $(OBJECTS)

list:
	@echo $(OBJECTS)

# The deadline is a source's, as how long all of them take depends on what else the machine does.
$(OUT)/%.o: src/%.cpp
	@mkdir -p $(@D)
	@timeout 600 g++ -Isrc $(FLAGS) -MMD -MP -c $< -o $@

.DELETE_ON_ERROR:
-include $(OBJECTS:.o=.d)
