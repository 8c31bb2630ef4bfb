using System.Text.RegularExpressions;
using Serilog.Core;
using Serilog.Events;

namespace AceProxy.Hosting;

/// <summary>
/// Takes secrets out of what is logged: tokens and keys in a URL's query. Nothing of ours logs one; the server does, query and all, for an
/// operator who asks for its lines of each request.
/// </summary>
internal sealed partial class SecretMask : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        List<LogEventProperty>? masked = null;
        foreach ((string name, LogEventPropertyValue value) in logEvent.Properties)
        {
            if (value is ScalarValue { Value: string or Uri or QueryString } scalar && $"{scalar.Value}" is var text && Secrets().IsMatch(text))
            {
                (masked ??= []).Add(new LogEventProperty(name, new ScalarValue(Secrets().Replace(text, "***"))));
            }
        }

        masked?.ForEach(logEvent.AddOrUpdateProperty);
    }

    [GeneratedRegex("""(?<=(?:^|[?&;\s])[\w-]*(?:token|key|secret|password|sig|signature)=)[^&;\s"']+""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secrets();
}
