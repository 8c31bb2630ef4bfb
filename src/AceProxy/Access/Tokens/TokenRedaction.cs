using System.Text.RegularExpressions;
using Serilog.Core;
using Serilog.Events;

namespace AceProxy.Access.Tokens;

/// <summary>
/// Takes tokens out of what is logged. None of our own lines has a query in it, but the web server's and YARP's do once their level is
/// lowered, and they write them before any of our code runs.
/// </summary>
internal sealed partial class TokenRedaction : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        List<LogEventProperty>? redacted = null;
        foreach ((string name, LogEventPropertyValue value) in logEvent.Properties)
        {
            // Whatever an object would be written as is what has to be looked at.
            if (value is ScalarValue { Value: { } scalar } && scalar is string or Uri or PathString or QueryString
                && scalar.ToString() is { } text && Token().IsMatch(text))
            {
                (redacted ??= []).Add(new LogEventProperty(name, new ScalarValue(Redact(text))));
            }
        }

        redacted?.ForEach(logEvent.AddOrUpdateProperty);
    }

    public static string Redact(string text) => Token().Replace(text, "$1…");

    /// <summary>The name in every way of writing it that a query's parser would take for it.</summary>
    [GeneratedRegex("""((?:t|%74|%54)(?:o|%6f|%4f)(?:k|%6b|%4b)(?:e|%65|%45)(?:n|%6e|%4e)=|(?:t|%74|%54)(?:i|%69|%49)(?:c|%63|%43)(?:k|%6b|%4b)(?:e|%65|%45)(?:t|%74|%54)=|(?:key|secret|password|signature)=)[^&\s"']+""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}
