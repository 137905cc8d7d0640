// What the first visit finds in the editor, a tab each.

const ME = `# New here? Register in the next tab.
# Log in above, then press Ctrl-Enter.
# The book at the left is the schema.
query Me {
  me {
    name
    price
    tick
    change {
      absolute
      percent
    }
  }
}
`;

const REGISTER = `# Choose a password below, press Ctrl-Enter,
# then log in above with the same.
mutation Register($input: RegisterInput!) {
  register(input: $input) {
    id
    name
    openingPrice
  }
}
`;

const NEWCOMER = `{
  "input": {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "password": ""
  }
}
`;

const MARKET = `query Market {
  market {
    tick
    shareholders
    mean
    gainers {
      user {
        name
      }
      price
    }
  }
}
`;

const LIVE = `# All prices, every five seconds, until you
# press the button again.
subscription LivePrices {
  onPriceUpdate {
    tick
    at
    prices {
      userId
      price
    }
  }
}
`;

export const TABS = [
  { query: ME },
  { query: REGISTER, variables: NEWCOMER },
  { query: MARKET },
  { query: LIVE },
];
