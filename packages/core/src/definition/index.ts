export {
  type CreateArguments,
  cacheChoiceOf,
  type DefinitionRules,
  defineFilesystem,
  defineInodeFilesystem,
  type Encoding,
  type FilesystemDefinition,
  type FlagChoice,
  flagsOf,
  isFilesystemDefinition,
  type Log,
  type LogLevel,
  type OperationName,
} from './define-filesystem.js'
export {
  type OptionSchema,
  type OptionSpec,
  type OptionValues,
  type RawSettings,
  readSettings,
} from './option-schema.js'
