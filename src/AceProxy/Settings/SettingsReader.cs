using System.Globalization;

namespace AceProxy.Settings;

/// <summary>
/// Reads each step's options from the configuration, environment first, and remembers every problem instead of stopping at the first:
/// an operator wants to mend all of them in one go.
/// </summary>
internal sealed class SettingsReader(IConfiguration configuration)
{
    private readonly List<string> _problems = [];
    private readonly List<Setting> _known = [];

    /// <summary>Every setting that has been asked for, in that order.</summary>
    public IReadOnlyList<Setting> Known => _known;

    public IReadOnlyList<string> Problems => _problems;

    /// <summary>A duration in seconds; fractions are allowed.</summary>
    public TimeSpan Seconds(string name, double @default, double least, double most, string meaning) =>
        TimeSpan.FromSeconds(Number(name, @default, least, most, "s", meaning));

    /// <summary>A duration in milliseconds.</summary>
    public TimeSpan Milliseconds(string name, double @default, double least, double most, string meaning) =>
        TimeSpan.FromMilliseconds(Number(name, @default, least, most, "ms", meaning));

    public int Integer(string name, int @default, int least, int most, string unit, string meaning)
    {
        string? text = Text(name, @default.ToString(CultureInfo.InvariantCulture), unit, meaning);
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) || value < least || value > most)
        {
            Problem(name, $"'{text}' is not a whole number of {unit} from {least} to {most}");
            return @default;
        }

        return value;
    }

    /// <summary>on or off.</summary>
    public bool Switch(string name, bool @default, string meaning) => Choice(name, "on", "off", meaning, @default ? "on" : "off") == "on";

    /// <summary>One of two words.</summary>
    /// <param name="default">Null: the first of them.</param>
    public string Choice(string name, string one, string other, string meaning, string? @default = null)
    {
        string text = Text(name, @default ?? one, $"{one} or {other}", meaning);
        if (text != one && text != other)
        {
            Problem(name, $"'{text}' is neither '{one}' nor '{other}'");
        }

        return text;
    }

    /// <summary>The text as given, or the default; an empty variable counts as unset.</summary>
    public string Text(string name, string @default, string unit, string meaning)
    {
        _known.Add(new Setting(name, @default, unit, meaning));
        string? value = configuration[name];
        return string.IsNullOrWhiteSpace(value) ? @default : value.Trim();
    }

    /// <summary>What another's own configuration says, such as Kestrel's; null when it is not set. It is none of ours, so it is not listed.</summary>
    public string? Foreign(string key) => configuration[key];

    /// <summary>
    /// Something that must not be shown, as the variable or in the file that <c>NAME_FILE</c> names, which is how container platforms hand
    /// secrets over. Empty when neither is set. Problems do not repeat it.
    /// </summary>
    public string Secret(string name, string unit, string meaning)
    {
        string fileName = $"{name}_FILE";
        string value = Text(name, "", unit, meaning);
        string file = Text(fileName, "", "path", $"of a file that {name} is in");
        if (file.Length == 0)
        {
            return value;
        }

        if (value.Length > 0)
        {
            Problem(fileName, $"is set beside {name}; set one");
            return value;
        }

        try
        {
            value = File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Problem(fileName, $"'{file}' cannot be read: {exception.Message}");
            return value;
        }

        if (string.IsNullOrWhiteSpace(value))
        {
            Problem(fileName, $"'{file}' is empty");
        }

        return value;
    }

    public void Problem(string name, string what) => _problems.Add($"{name}: {what}");

    /// <exception cref="SettingsException">There were problems.</exception>
    public void ThrowIfProblems()
    {
        if (_problems.Count > 0)
        {
            throw new SettingsException(_problems);
        }
    }

    private double Number(string name, double @default, double least, double most, string unit, string meaning)
    {
        string text = Text(name, @default.ToString(CultureInfo.InvariantCulture), unit, meaning);
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        if (!double.TryParse(text, Style, CultureInfo.InvariantCulture, out double value) || !(value >= least && value <= most))
        {
            Problem(name, string.Create(CultureInfo.InvariantCulture, $"'{text}' is not a number of {unit} from {least} to {most}"));
            return @default;
        }

        return value;
    }
}
