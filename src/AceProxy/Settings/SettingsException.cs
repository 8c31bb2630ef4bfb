namespace AceProxy.Settings;

/// <summary>The configuration cannot be used. The message lists every problem found, each with its variable.</summary>
internal sealed class SettingsException(IReadOnlyList<string> problems)
    : Exception("The configuration cannot be used:" + string.Concat(problems.Select(problem => $"{Environment.NewLine}  {problem}")))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
